import type { ExplanationsOf } from '../explanation.js';
import { describeChanges, ruleOfSet as rule } from '../rule.js';
import { thisFamily } from './sources.js';

/** The epilogue tile, which follows from the tile where it has to. */
export const epilogueTileRules = [
  rule('epilogue-tile-m', 'adjusted', {
    fields: ['tileM', 'epilogueTileM'],
    rewrites: ['epilogueTileM'],
    message: ({ options: o, changes }) =>
      `epilogueTileM ${o.epilogueTileM} does not divide tileM ${o.tileM}: ${describeChanges(changes)}`,
  }),
  rule('epilogue-tile-n', 'adjusted', {
    fields: ['tileN', 'epilogueTileN'],
    rewrites: ['epilogueTileN'],
    message: ({ options: o, changes }) =>
      `epilogueTileN ${o.epilogueTileN} does not divide tileN ${o.tileN}: ${describeChanges(changes)}`,
  }),
  rule('hopper-epilogue-tile', 'adjusted', {
    fields: ['tileM', 'tileN', 'epilogueTileM', 'epilogueTileN'],
    rewrites: ['epilogueTileM', 'epilogueTileN'],
    message: ({ changes, target }) =>
      changes.length > 0
        ? `${target.name} keeps accumulators in registers, so the epilogue takes the tile whole: ${describeChanges(changes)}`
        : `${target.name} keeps accumulators in registers, so the epilogue takes the tile whole, as these options do already`,
  }),
  rule('mma-m-128-epilogue-tile', 'adjusted', {
    fields: ['mmaM', 'tileM', 'epilogueTileM'],
    rewrites: ['epilogueTileM'],
    message: ({ changes }) => `mmaM 128 fills every lane of tensor memory: ${describeChanges(changes)}`,
  }),
] as const;

export const epilogueTileExplanations: ExplanationsOf<typeof epilogueTileRules> = {
  'epilogue-tile-m': {
    summary: 'An epilogueTileM that does not divide tileM becomes tileM.',
    reason: 'The epilogue walks the accumulators in whole steps.',
    source: thisFamily,
  },
  'epilogue-tile-n': {
    summary: 'An epilogueTileN that does not divide tileN becomes tileN.',
    reason: 'The epilogue walks the accumulators in whole steps.',
    source: thisFamily,
  },
  'hopper-epilogue-tile': {
    summary: 'On Hopper the epilogue tile is the whole tile.',
    reason:
      'wgmma leaves its accumulators in registers, all at hand at once; there is no tensor memory to drain piece by piece.',
    source: 'PTX ISA, wgmma.mma_async, Register Fragments',
  },
  'mma-m-128-epilogue-tile': {
    summary: 'With mmaM 128, epilogueTileM is tileM.',
    reason:
      'A 128-row instruction fills all lanes of tensor memory, and the epilogue’s four warps read them together.',
    source: 'PTX ISA, tcgen05.mma, Data Path Layout Organization (M = 128); tcgen05.ld, Access restrictions',
  },
};
