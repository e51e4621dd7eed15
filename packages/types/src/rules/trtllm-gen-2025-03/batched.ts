import type { ExplanationsOf } from '../explanation.js';
import { describeChanges, roundUpTo, ruleOfSet as rule } from '../rule.js';
import { batchM, batchN, coversTile, divides, hiddenMultiple, sizesPositive } from './batch-weights.js';
import { deepSeekScales, thisFamily } from './sources.js';

/** The batched stage. */
export const batchedRules = [
  rule('batch-sizes-default', 'note', {
    fields: ['batchM', 'batchedM', 'batchedN'],
    rewrites: ['batchedM', 'batchedN'],
    message: ({ changes }) => `no batch sizes given: ${describeChanges(changes)}`,
  }),
  rule('num-batches', 'note', {
    fields: ['batchM', 'batchedM', 'batchedN', 'numBatches'],
    rewrites: ['numBatches'],
    message: ({ changes }) => `the list of batch sizes decides: ${describeChanges(changes)}`,
  }),
  sizesPositive(batchM),
  coversTile(batchM),
  divides(batchM),
  rule('batch-m-row-major', 'error', {
    fields: ['batchM', 'transposeMmaOutput'],
    onlyWith: { batchM: true },
    message: () => 'batchM has tokens along m, so the output cannot be transposed (transposeMmaOutput)',
    fixes: ({ options: o }) => [
      { transposeMmaOutput: false },
      // Who gave tokens along n may have meant these; without, others would be made up.
      ...(o.batchedN.length > 0 ? [{ batchM: false }] : []),
    ],
  }),
  sizesPositive(batchN),
  coversTile(batchN),
  divides(batchN),
  rule('batch-n-column-major', 'error', {
    fields: ['batchM', 'transposeMmaOutput'],
    onlyWith: { batchM: false },
    message: () => 'batchN has tokens along n, so the output must be transposed (transposeMmaOutput)',
    fixes: ({ options: o }) => [
      { transposeMmaOutput: true },
      ...(o.batchedM.length > 0 ? [{ batchM: true }] : []),
    ],
  }),
  hiddenMultiple(batchM),
  hiddenMultiple(batchN),
  rule('dsfp8-batch-k-multiple', 'error', {
    fields: ['useDeepSeekFp8', 'k'],
    onlyWith: { useDeepSeekFp8: true },
    message: ({ options: o }) =>
      `DeepSeek scales of each batch cover blocks of 128, and k ${o.k} leaves ${o.k % 128} over`,
    fixes: ({ options: o }) => [{ k: roundUpTo(o.k, 128) }],
  }),
  rule('batched-needs-tma-store', 'error', {
    fields: ['useTmaStore'],
    message: () => 'batched kernels write their output through the TMA, and useTmaStore is off',
    fixes: () => [{ useTmaStore: true }],
  }),
] as const;

export const batchedExplanations: ExplanationsOf<typeof batchedRules> = {
  'batch-sizes-default': {
    summary: 'An empty list of batch sizes becomes [128, 256].',
    reason: 'The original’s default problem: two batches, one of them two tiles long.',
    source: thisFamily,
  },
  'num-batches': {
    summary: 'numBatches is the length of the list of batch sizes.',
    reason: 'The list decides; a count of its own could only disagree.',
    source: thisFamily,
  },
  'batch-m-sizes-positive': {
    summary: 'batchM: n and k are positive.',
    reason: 'Every batch multiplies by weights of the same shape, which cannot be empty.',
    source: thisFamily,
  },
  'batch-m-covers-tile': {
    summary: 'batchM: n and k are at least one tile.',
    reason:
      'The weights of each batch are read in whole tiles; a smaller matrix would read into the next batch’s.',
    source: thisFamily,
  },
  'batch-m-divides': {
    summary: 'batchM: the tile divides n and k.',
    reason: 'Batches lie one after the other; a partial last tile would read the next batch’s weights.',
    source: thisFamily,
  },
  'batch-m-row-major': {
    summary: 'batchM writes row-major output.',
    reason: 'Tokens are rows of the output; transposed, batches of different sizes would interleave.',
    source: thisFamily,
  },
  'batch-n-sizes-positive': {
    summary: 'batchN: m and k are positive.',
    reason: 'Every batch multiplies by weights of the same shape, which cannot be empty.',
    source: thisFamily,
  },
  'batch-n-covers-tile': {
    summary: 'batchN: m and k are at least one tile.',
    reason:
      'The weights of each batch are read in whole tiles; a smaller matrix would read into the next batch’s.',
    source: thisFamily,
  },
  'batch-n-divides': {
    summary: 'batchN: the tile divides m and k.',
    reason: 'Batches lie one after the other; a partial last tile would read the next batch’s weights.',
    source: thisFamily,
  },
  'batch-n-column-major': {
    summary: 'batchN writes transposed output.',
    reason: 'Tokens run along n, and each token’s outputs must be contiguous: so m is written fastest.',
    source: thisFamily,
  },
  'dsfp8-batch-m-hidden-multiple': {
    summary: 'batchM with DeepSeek FP8: n is a multiple of 128.',
    reason: 'Weights carry one scale for each 128×128 block, and batches start at a block.',
    source: deepSeekScales,
  },
  'dsfp8-batch-n-hidden-multiple': {
    summary: 'batchN with DeepSeek FP8: m is a multiple of 128.',
    reason: 'Weights carry one scale for each 128×128 block, and batches start at a block.',
    source: deepSeekScales,
  },
  'dsfp8-batch-k-multiple': {
    summary: 'With DeepSeek FP8, each batch’s k is a multiple of 128.',
    reason: 'Scales cover 128 channels of k, and batches start at a block.',
    source: deepSeekScales,
  },
  'batched-needs-tma-store': {
    summary: 'Batched kernels store through the TMA.',
    reason: 'A tensor map clips each batch’s output; the plain store knows one output size for all.',
    source: thisFamily,
  },
};
