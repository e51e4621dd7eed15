import type { CauseName } from '../../causes.js';
import {
  describeChanges,
  type RuleContext,
  type RuleDescription,
  roundUpTo,
  rulesOf,
  setOption,
  setOptions,
} from '../rule.js';
import { deepSeekScales, thisFamily } from './sources.js';

const rule = rulesOf('rule-set');

/** One size of a batch's weights, what cuts it into tiles, and what can be wrong with it. */
type Extent = {
  readonly size: 'm' | 'n' | 'k';
  readonly tile: 'tileM' | 'tileN' | 'tileK';
  readonly sizeCause: CauseName;
  readonly tileCause: CauseName;
};

/** The weights of each batch: their rows, and k. */
type Side = {
  readonly batch: 'batchM' | 'batchN';
  readonly size: 'm' | 'n';
  readonly weights: readonly Extent[];
};

const k: Extent = { size: 'k', tile: 'tileK', sizeCause: 'kSize', tileCause: 'kTile' };
const batchM: Side = {
  batch: 'batchM',
  size: 'n',
  weights: [{ size: 'n', tile: 'tileN', sizeCause: 'nSize', tileCause: 'nTile' }, k],
};
const batchN: Side = {
  batch: 'batchN',
  size: 'm',
  weights: [{ size: 'm', tile: 'tileM', sizeCause: 'mSize', tileCause: 'mTile' }, k],
};

function sizesPositive(side: Side): RuleDescription {
  const wrong = ({ options: o, isNews }: RuleContext) =>
    side.weights.filter(({ size, sizeCause }) => o[size] <= 0 && isNews(sizeCause));
  return rule(side === batchM ? 'batch-m-sizes-positive' : 'batch-n-sizes-positive', 'error', {
    fields: ['batchM', ...side.weights.map(({ size }) => size)],
    onlyWith: { batchM: side === batchM },
    summary: `${side.batch}: ${side.size} and k are positive.`,
    reason: 'Every batch multiplies by weights of the same shape, which cannot be empty.',
    source: thisFamily,
    message: (context) =>
      `the weights of each batch cannot be empty, and ${wrong(context)
        .map(({ size }) => `${size} is ${context.options[size]}`)
        .join(', and ')}`,
    culprits: (context) => wrong(context).map(({ size }) => size),
  });
}

/** A rule of both sizes against their tiles. The fix mends both, for each alone would leave the error. */
function againstTiles(
  name: string,
  side: Side,
  isWrong: (size: number, tile: number) => boolean,
  words: Pick<RuleDescription, 'summary' | 'reason'> & { readonly fault: string },
): RuleDescription {
  const wrong = ({ options: o, isNews }: RuleContext) =>
    side.weights.filter(({ size, tile, tileCause }) => isWrong(o[size], o[tile]) && isNews(tileCause));
  return rule(name, 'error', {
    fields: ['batchM', ...side.weights.flatMap(({ size, tile }) => [size, tile])],
    onlyWith: { batchM: side === batchM },
    summary: words.summary,
    reason: words.reason,
    source: thisFamily,
    message: (context) =>
      `the weights of each batch are read in whole tiles, and ${wrong(context)
        .map(
          ({ size, tile }) =>
            `${size} ${context.options[size]} is ${words.fault} ${tile} ${context.options[tile]}`,
        )
        .join(', and ')}`,
    fixes: (context) => [
      setOptions(
        context.options,
        Object.fromEntries(
          wrong(context).map(({ size, tile }) => [
            size,
            roundUpTo(context.options[size], context.options[tile]),
          ]),
        ),
      ),
    ],
    culprits: (context) => wrong(context).flatMap(({ size, tile }) => [size, tile]),
  });
}

function coversTile(side: Side): RuleDescription {
  const name = side === batchM ? 'batch-m-covers-tile' : 'batch-n-covers-tile';
  return againstTiles(name, side, (size, tile) => size < tile, {
    fault: 'smaller than',
    summary: `${side.batch}: ${side.size} and k are at least one tile.`,
    reason:
      'The weights of each batch are read in whole tiles; a smaller matrix would read into the next batch’s.',
  });
}

function divides(side: Side): RuleDescription {
  const name = side === batchM ? 'batch-m-divides' : 'batch-n-divides';
  return againstTiles(name, side, (size, tile) => size % tile !== 0, {
    fault: 'no multiple of',
    summary: `${side.batch}: the tile divides ${side.size} and k.`,
    reason: 'Batches lie one after the other; a partial last tile would read the next batch’s weights.',
  });
}

function hiddenMultiple(side: Side): RuleDescription {
  return rule(side === batchM ? 'dsfp8-batch-m-hidden-multiple' : 'dsfp8-batch-n-hidden-multiple', 'error', {
    fields: ['useDeepSeekFp8', 'batchM', side.size],
    onlyWith: { useDeepSeekFp8: true, batchM: side === batchM },
    summary: `${side.batch} with DeepSeek FP8: ${side.size} is a multiple of 128.`,
    reason: 'Weights carry one scale for each 128×128 block, and batches start at a block.',
    source: deepSeekScales,
    message: ({ options: o }) =>
      `DeepSeek scales of each batch cover blocks of 128, and ${side.size} ${o[side.size]} leaves ${o[side.size] % 128} over`,
    fixes: ({ options: o }) => [setOption(o, side.size, roundUpTo(o[side.size], 128))],
  });
}

/** The batched stage. */
export const batchedRules = {
  batchSizesDefault: rule('batch-sizes-default', 'note', {
    fields: ['batchM', 'batchedM', 'batchedN'],
    rewrites: ['batchedM', 'batchedN'],
    summary: 'An empty list of batch sizes becomes [128, 256].',
    reason: 'The original’s default problem: two batches, one of them two tiles long.',
    source: thisFamily,
    message: ({ changes }) => `no batch sizes given: ${describeChanges(changes)}`,
  }),
  numBatches: rule('num-batches', 'note', {
    fields: ['batchM', 'batchedM', 'batchedN', 'numBatches'],
    rewrites: ['numBatches'],
    summary: 'numBatches is the length of the list of batch sizes.',
    reason: 'The list decides; a count of its own could only disagree.',
    source: thisFamily,
    message: ({ changes }) => `the list of batch sizes decides: ${describeChanges(changes)}`,
  }),
  batchMSizesPositive: sizesPositive(batchM),
  batchMCoversTile: coversTile(batchM),
  batchMDivides: divides(batchM),
  batchMRowMajor: rule('batch-m-row-major', 'error', {
    fields: ['batchM', 'transposeMmaOutput'],
    onlyWith: { batchM: true },
    summary: 'batchM writes row-major output.',
    reason: 'Tokens are rows of the output; transposed, batches of different sizes would interleave.',
    source: thisFamily,
    message: () => 'batchM has tokens along m, so the output cannot be transposed (transposeMmaOutput)',
    fixes: ({ options: o }) => [setOption(o, 'transposeMmaOutput', false)],
  }),
  batchNSizesPositive: sizesPositive(batchN),
  batchNCoversTile: coversTile(batchN),
  batchNDivides: divides(batchN),
  batchNColumnMajor: rule('batch-n-column-major', 'error', {
    fields: ['batchM', 'transposeMmaOutput'],
    onlyWith: { batchM: false },
    summary: 'batchN writes transposed output.',
    reason: 'Tokens run along n, and each token’s outputs must be contiguous: so m is written fastest.',
    source: thisFamily,
    message: () => 'batchN has tokens along n, so the output must be transposed (transposeMmaOutput)',
    fixes: ({ options: o }) => [setOption(o, 'transposeMmaOutput', true)],
  }),
  dsfp8BatchMHiddenMultiple: hiddenMultiple(batchM),
  dsfp8BatchNHiddenMultiple: hiddenMultiple(batchN),
  dsfp8BatchKMultiple: rule('dsfp8-batch-k-multiple', 'error', {
    fields: ['useDeepSeekFp8', 'k'],
    onlyWith: { useDeepSeekFp8: true },
    summary: 'With DeepSeek FP8, each batch’s k is a multiple of 128.',
    reason: 'Scales cover 128 channels of k, and batches start at a block.',
    source: deepSeekScales,
    message: ({ options: o }) =>
      `DeepSeek scales of each batch cover blocks of 128, and k ${o.k} leaves ${o.k % 128} over`,
    fixes: ({ options: o }) => [setOption(o, 'k', roundUpTo(o.k, 128))],
  }),
  batchedNeedsTmaStore: rule('batched-needs-tma-store', 'error', {
    fields: ['useTmaStore'],
    summary: 'Batched kernels store through the TMA.',
    reason: 'A tensor map clips each batch’s output; the plain store knows one output size for all.',
    source: thisFamily,
    message: () => 'batched kernels write their output through the TMA, and useTmaStore is off',
    fixes: ({ options: o }) => [setOption(o, 'useTmaStore', true)],
  }),
} as const satisfies Record<string, RuleDescription>;
