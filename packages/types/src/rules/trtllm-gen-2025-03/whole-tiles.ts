import type { ExplanationsOf } from '../explanation.js';
import { hiddenDimension, roundUpTo, ruleOfSet as rule } from '../rule.js';
import { thisFamily } from './sources.js';
import { leastMma, tileAround, wholeTiles } from './whole-tile-fixes.js';

/** What is stored and read whole: tiles, blocks of shuffled rows, the output of an instruction. */
export const wholeTileRules = [
  rule('tma-store-covers-tile', 'error', {
    fields: ['useTmaStore', 'transposeMmaOutput', 'm', 'n', 'tileM', 'tileN'],
    message: ({ options: o }) => {
      const { size, tile } = hiddenDimension(o);
      return `a TMA store writes whole tiles, and ${size} ${o[size]} is smaller than ${tile} ${o[tile]}`;
    },
    fixes: ({ options: o }) => wholeTiles(o, [hiddenDimension(o).size]),
    culprits: ({ options: o }) => [hiddenDimension(o).size, hiddenDimension(o).tile],
  }),
  rule('tma-store-divides-hidden', 'error', {
    fields: ['useTmaStore', 'transposeMmaOutput', 'm', 'n', 'tileM', 'tileN'],
    message: ({ options: o }) => {
      const { size, tile } = hiddenDimension(o);
      return `a TMA store writes whole tiles, and ${size} ${o[size]} is no multiple of ${tile} ${o[tile]}; ${o[size] % o[tile]} are left over`;
    },
    fixes: ({ options: o }) => wholeTiles(o, [hiddenDimension(o).size]),
    culprits: ({ options: o }) => [hiddenDimension(o).size, hiddenDimension(o).tile],
  }),
  rule('shuffle-block-divides-m', 'error', {
    fields: ['useShuffledMatrixA', 'm', 'epilogueTileM'],
    message: ({ options: o }) => {
      const block = o.epilogueTileM % 128 === 0 ? 32 : 16;
      return `shuffled A comes in blocks of ${block} rows (epilogueTileM ${o.epilogueTileM}), and m ${o.m} leaves ${o.m % block} over`;
    },
    fixes: ({ options: o }) => [
      { m: roundUpTo(o.m, o.epilogueTileM % 128 === 0 ? 32 : 16) },
      { useShuffledMatrixA: false },
    ],
  }),
  rule('mma-fits-epilogue-tile', 'error', {
    fields: ['mmaM', 'mmaN', 'epilogueTileM', 'epilogueTileN'],
    message: ({ options: o }) =>
      `an instruction of ${o.mmaM}×${o.mmaN} does not fit in the epilogue tile of ${o.epilogueTileM}×${o.epilogueTileN}`,
    fixes: ({ options: o }) => {
      const larger = {
        ...(o.mmaM > o.epilogueTileM && tileAround('epilogueTileM', 'tileM', o.mmaM, o)),
        ...(o.mmaN > o.epilogueTileN && tileAround('epilogueTileN', 'tileN', o.mmaN, o)),
      };
      const smaller = {
        // An instruction of fewer rows has 64 of them.
        ...(o.mmaM > o.epilogueTileM && { mmaM: 64 }),
        ...(o.mmaN > o.epilogueTileN && { mmaN: o.epilogueTileN }),
      };
      // Instructions have columns by eights.
      return o.epilogueTileN % leastMma.n > 0 ? [larger] : [larger, smaller];
    },
  }),
  rule('epilogue-tile-divides-tile', 'error', {
    fields: ['tileM', 'tileN', 'epilogueTileM', 'epilogueTileN'],
    message: ({ options: o }) =>
      `the epilogue tile ${o.epilogueTileM}×${o.epilogueTileN} does not divide the tile ${o.tileM}×${o.tileN}`,
  }),
] as const;

export const wholeTileExplanations: ExplanationsOf<typeof wholeTileRules> = {
  'tma-store-covers-tile': {
    summary: 'With TMA stores, the output’s contiguous dimension is at least one tile.',
    reason: 'The kernels store every tile whole, with one box of its size; they have none for less.',
    source:
      'the kernels of this family; the TMA itself clips a box at the tensor’s end (PTX ISA, Tensors, Tiled Mode)',
  },
  'tma-store-divides-hidden': {
    summary: 'With TMA stores, the tile divides the output’s contiguous dimension.',
    reason: 'The kernels store every tile whole; a partial last tile would spill into the next row’s batch.',
    source:
      'the kernels of this family; the TMA itself clips a box at the tensor’s end (PTX ISA, Tensors, Tiled Mode)',
  },
  'shuffle-block-divides-m': {
    summary:
      'Shuffled rows of A come in blocks: m is a multiple of 32 when epilogueTileM is a multiple of 128, else of 16.',
    reason:
      'The shuffle permutes rows within a block so that each epilogue thread finds its values side by side.',
    source: thisFamily,
  },
  'mma-fits-epilogue-tile': {
    summary: 'One instruction’s output fits in the epilogue tile.',
    reason: 'The epilogue reads the accumulators of whole instructions.',
    source: thisFamily,
  },
  'epilogue-tile-divides-tile': {
    summary: 'The epilogue tile divides the tile.',
    reason:
      'The epilogue walks the accumulators in whole steps. The adjustments of the epilogue tile leave this rule nothing to find.',
    source: thisFamily,
  },
};
