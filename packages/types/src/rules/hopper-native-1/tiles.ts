import type { BatchedGemmOptions } from '../../options.js';
import type { ExplanationsOf } from '../explanation.js';
import { describeChanges, ruleOfSet as rule } from '../rule.js';
import { theseKernels, wgmma } from './sources.js';

/** The tiles along the channels and the tokens, of each batch mode. */
function tilesOf({ batchM }: BatchedGemmOptions) {
  return batchM
    ? { batch: 'batchM', tileM: [128, 256], tileN: [128] }
    : { batch: 'batchN', tileM: [128], tileN: [8, 16, 32, 64, 128] };
}

/** The smallest of some sizes that is not below another one, or the largest. */
const nearest = (sizes: readonly number[], size: number) =>
  sizes.find((at) => at >= size) ?? sizes.at(-1) ?? size;

/** Tiles, and what follows from them: instructions, stages, the epilogue. */
export const tileRules = [
  rule('hopper-instruction', 'adjusted', {
    fields: ['dtypeElt', 'tileN', 'mmaM', 'mmaN', 'mmaK'],
    rewrites: ['mmaM', 'mmaN', 'mmaK'],
    message: ({ changes }) =>
      `a warpgroup multiplies 64 rows, as wide as the tile: ${describeChanges(changes)}`,
  }),
  rule('hopper-tile-k', 'adjusted', {
    fields: ['dtypeElt', 'tileK'],
    rewrites: ['tileK'],
    message: ({ changes }) => `a stage is 128 bytes of k: ${describeChanges(changes)}`,
  }),
  rule('warpgroup-epilogue-tile', 'adjusted', {
    fields: ['tileN', 'epilogueTileM', 'epilogueTileN'],
    rewrites: ['epilogueTileM', 'epilogueTileN'],
    message: ({ changes }) => `a warpgroup stores its own 64 rows: ${describeChanges(changes)}`,
  }),
  rule('hopper-tile', 'error', {
    fields: ['batchM', 'tileM', 'tileN'],
    message: ({ options: o }) => {
      const { batch, tileM, tileN } = tilesOf(o);
      return `the tile is tileM ${o.tileM} by tileN ${o.tileN}; with ${batch} it is ${tileM.join(' or ')} by ${tileN.join(', ')}`;
    },
    fixes: ({ options: o }) => {
      const { tileM, tileN } = tilesOf(o);
      return [{ tileM: nearest(tileM, o.tileM), tileN: nearest(tileN, o.tileN) }];
    },
    culprits: ({ options: o }) =>
      (['tileM', 'tileN'] as const).filter((field) => !tilesOf(o)[field].includes(o[field])),
  }),
  rule('pipeline-stages', 'error', {
    fields: ['numStages'],
    message: ({ options: o }) => `numStages is ${o.numStages}; loading and multiplying at once takes 2`,
    fixes: () => [{ numStages: 2 }],
  }),
] as const;

export const tileExplanations: ExplanationsOf<typeof tileRules> = {
  'hopper-instruction': {
    summary: 'mmaM is 64, mmaN is tileN, and mmaK is 32 bytes of k: 32 of E4m3, 16 of Bfloat16 and Fp16.',
    reason:
      'wgmma multiplies 64 rows for a warpgroup, by 8 to 256 columns and 32 bytes of k. One as wide as the tile reads A once, and leaves all sums of a row in one warpgroup’s registers.',
    source: 'PTX ISA, wgmma.mma_async, Matrix Shape (.m64nNk32, .m64nNk16)',
  },
  'hopper-tile-k': {
    summary: 'tileK is 128 bytes of k: 128 of E4m3, 64 of Bfloat16 and Fp16.',
    reason:
      'A row of a stage then fills the span of the 128-byte swizzle, in which wgmma reads eight rows without bank conflicts; with DeepSeek scales it is also what one scale covers.',
    source: 'PTX ISA, wgmma.mma_async, Shared Memory Matrix Layout; tensors, Swizzling Modes',
  },
  'warpgroup-epilogue-tile': {
    summary: 'The epilogue tile is 64 × tileN.',
    reason:
      'Each of two warpgroups holds 64 rows in registers, all columns of the tile wide, and has a part of shared memory of that size for its TMA store.',
    source: 'PTX ISA, wgmma.mma_async, Register Fragments',
  },
  'hopper-tile': {
    summary: 'With batchN the tile is 128 × 8, 16, 32, 64 or 128; with batchM it is 128 or 256 × 128.',
    reason:
      'Two warpgroups take 64 or 128 rows each. Tokens of decoding are few, so they lie along wgmma’s columns, whose number can be small; those of prefilling fill rows. 256 × 128 sums are 128 registers of each thread, and more would not leave room.',
    source: wgmma,
  },
  'pipeline-stages': {
    summary: 'There are at least two stages.',
    reason:
      'One warpgroup loads a stage while two others multiply another one; with a single stage they would wait for each other.',
    source: theseKernels,
  },
};
