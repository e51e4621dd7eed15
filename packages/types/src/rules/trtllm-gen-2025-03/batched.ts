import type { BatchedGemmOptions, OptionName } from '../../options.js';
import { describeChanges, type RuleDescription, roundUpTo, rulesOf, setOption } from '../rule.js';

const rule = rulesOf('rule-set');

/** The dimension of the weights' rows, and its tile: n for batchM, m for batchN. */
type Side = {
  readonly batch: 'batchM' | 'batchN';
  readonly size: 'm' | 'n';
  readonly tile: 'tileM' | 'tileN';
};

const batchM: Side = { batch: 'batchM', size: 'n', tile: 'tileN' };
const batchN: Side = { batch: 'batchN', size: 'm', tile: 'tileM' };

const pairs = ({ size, tile }: Side) =>
  [
    [size, tile],
    ['k', 'tileK'],
  ] as const;

function leftOver(o: BatchedGemmOptions, side: Side): string {
  return pairs(side)
    .filter(([size, tile]) => o[size] % o[tile] !== 0)
    .map(([size, tile]) => `${size} ${o[size]} is no multiple of ${tile} ${o[tile]}`)
    .join(', and ');
}

function sizesPositive(side: Side): RuleDescription {
  const sizes = [side.size, 'k'] as const;
  return rule(side === batchM ? 'batch-m-sizes-positive' : 'batch-n-sizes-positive', 'error', {
    fields: ['batchM', ...sizes],
    summary: `${side.batch}: ${side.size} and k are positive.`,
    reason: 'Every batch multiplies by weights of the same shape, which cannot be empty.',
    message: ({ options: o }) =>
      `the weights of each batch are ${side.size} × k = ${o[side.size]} × ${o.k}; both must be positive`,
    culprits: ({ options: o }) => sizes.filter((size) => o[size] <= 0),
  });
}

function coversTile(side: Side): RuleDescription {
  const small = (o: BatchedGemmOptions) => pairs(side).filter(([size, tile]) => o[size] < o[tile]);
  return rule(side === batchM ? 'batch-m-covers-tile' : 'batch-n-covers-tile', 'error', {
    fields: ['batchM', side.size, side.tile, 'k', 'tileK'],
    summary: `${side.batch}: ${side.size} and k are at least one tile.`,
    reason:
      'The weights of each batch are read in whole tiles; a smaller matrix would read into the next batch’s.',
    message: ({ options: o }) =>
      `the weights of each batch are read in whole tiles, and ${small(o)
        .map(([size, tile]) => `${size} ${o[size]} is smaller than ${tile} ${o[tile]}`)
        .join(', and ')}`,
    fixes: ({ options: o }) => small(o).map(([size, tile]) => setOption(o, size, o[tile])),
    culprits: ({ options: o }) => small(o).flat() as OptionName[],
  });
}

function divides(side: Side): RuleDescription {
  const uneven = (o: BatchedGemmOptions) => pairs(side).filter(([size, tile]) => o[size] % o[tile] !== 0);
  return rule(side === batchM ? 'batch-m-divides' : 'batch-n-divides', 'error', {
    fields: ['batchM', side.size, side.tile, 'k', 'tileK'],
    summary: `${side.batch}: the tile divides ${side.size} and k.`,
    reason: 'Batches lie one after the other; a partial last tile would read the next batch’s weights.',
    message: ({ options: o }) =>
      `the weights of each batch are read in whole tiles, and ${leftOver(o, side)}`,
    fixes: ({ options: o }) =>
      uneven(o).map(([size, tile]) => setOption(o, size, roundUpTo(o[size], o[tile]))),
    culprits: ({ options: o }) => uneven(o).flat() as OptionName[],
  });
}

function hiddenMultiple(side: Side): RuleDescription {
  return rule(side === batchM ? 'dsfp8-batch-m-hidden-multiple' : 'dsfp8-batch-n-hidden-multiple', 'error', {
    fields: ['useDeepSeekFp8', 'batchM', side.size],
    summary: `${side.batch} with DeepSeek FP8: ${side.size} is a multiple of 128.`,
    reason: 'Weights carry one scale for each 128×128 block, and batches start at a block.',
    message: ({ options: o }) =>
      `DeepSeek scales of each batch cover blocks of 128, and ${side.size} ${o[side.size]} leaves ${o[side.size] % 128} over`,
    fixes: ({ options: o }) => [setOption(o, side.size, roundUpTo(o[side.size], 128))],
  });
}

/** The batched stage. */
export const batchedRules = {
  batchSizesDefault: rule('batch-sizes-default', 'note', {
    fields: ['batchM', 'batchedM', 'batchedN'],
    summary: 'An empty list of batch sizes becomes [128, 256].',
    reason: 'The original’s default problem: two batches, one of them two tiles long.',
    message: ({ changes }) => `no batch sizes given: ${describeChanges(changes)}`,
  }),
  numBatches: rule('num-batches', 'note', {
    fields: ['batchM', 'batchedM', 'batchedN', 'numBatches'],
    summary: 'numBatches is the length of the list of batch sizes.',
    reason: 'The list decides; a count of its own could only disagree.',
    message: ({ changes }) => `the list of batch sizes decides: ${describeChanges(changes)}`,
  }),
  batchMSizesPositive: sizesPositive(batchM),
  batchMCoversTile: coversTile(batchM),
  batchMDivides: divides(batchM),
  batchMRowMajor: rule('batch-m-row-major', 'error', {
    fields: ['batchM', 'transposeMmaOutput'],
    summary: 'batchM writes row-major output.',
    reason: 'Tokens are rows of the output; transposed, batches of different sizes would interleave.',
    message: () => 'batchM has tokens along m, so the output cannot be transposed (transposeMmaOutput)',
    fixes: ({ options: o }) => [setOption(o, 'transposeMmaOutput', false)],
  }),
  batchNSizesPositive: sizesPositive(batchN),
  batchNCoversTile: coversTile(batchN),
  batchNDivides: divides(batchN),
  batchNColumnMajor: rule('batch-n-column-major', 'error', {
    fields: ['batchM', 'transposeMmaOutput'],
    summary: 'batchN writes transposed output.',
    reason: 'Tokens run along n, and each token’s outputs must be contiguous: so m is written fastest.',
    message: () => 'batchN has tokens along n, so the output must be transposed (transposeMmaOutput)',
    fixes: ({ options: o }) => [setOption(o, 'transposeMmaOutput', true)],
  }),
  dsfp8BatchMHiddenMultiple: hiddenMultiple(batchM),
  dsfp8BatchNHiddenMultiple: hiddenMultiple(batchN),
  dsfp8BatchKMultiple: rule('dsfp8-batch-k-multiple', 'error', {
    fields: ['useDeepSeekFp8', 'k'],
    summary: 'With DeepSeek FP8, each batch’s k is a multiple of 128.',
    reason: 'Scales cover 128 channels of k, and batches start at a block.',
    message: ({ options: o }) =>
      `DeepSeek scales of each batch cover blocks of 128, and k ${o.k} leaves ${o.k % 128} over`,
    fixes: ({ options: o }) => [setOption(o, 'k', roundUpTo(o.k, 128))],
  }),
  batchedNeedsTmaStore: rule('batched-needs-tma-store', 'error', {
    fields: ['useTmaStore'],
    summary: 'Batched kernels store through the TMA.',
    reason: 'A tensor map clips each batch’s output; the plain store knows one output size for all.',
    message: () => 'batched kernels write their output through the TMA, and useTmaStore is off',
    fixes: ({ options: o }) => [setOption(o, 'useTmaStore', true)],
  }),
} as const satisfies Record<string, RuleDescription>;
