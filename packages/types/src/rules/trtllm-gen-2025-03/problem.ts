import type { OptionName } from '../../options.js';
import { describeChanges, type RuleDescription, roundUpTo, rulesOf, setOption, setOptions } from '../rule.js';
import { distributedSharedMemory, thisFamily } from './sources.js';

const rule = rulesOf('rule-set');
const sizes = ['m', 'n', 'k'] as const satisfies readonly OptionName[];

/** Problem sizes, split k, clusters, all-reduce, tolerances. */
export const problemRules = {
  problemSizePositive: rule('problem-size-positive', 'error', {
    fields: ['m', 'n', 'k'],
    summary: 'm, n and k are positive.',
    reason: 'An empty matrix has nothing to launch for.',
    source:
      'the kernels of this family; the driver refuses a grid of 0 blocks, too (CUDA Driver API, cuLaunchKernelEx)',
    message: ({ options: o }) =>
      `${sizes
        .filter((size) => o[size] <= 0)
        .map((size) => `${size} is ${o[size]}`)
        .join(', ')}; sizes of a problem must be positive`,
    culprits: ({ options: o }) => sizes.filter((size) => o[size] <= 0),
  }),
  splitKPositive: rule('split-k-positive', 'error', {
    fields: ['numSlicesForSplitK'],
    summary: 'k is cut into at least one slice.',
    reason: 'One slice is the whole of k; fewer would compute nothing.',
    source: thisFamily,
    message: ({ options: o }) => `numSlicesForSplitK is ${o.numSlicesForSplitK}; 1 means that k is not split`,
    fixes: ({ options: o }) => [setOption(o, 'numSlicesForSplitK', 1)],
  }),
  splitKDividesK: rule('split-k-divides-k', 'error', {
    fields: ['k', 'numSlicesForSplitK'],
    summary: 'Slices of k are equal.',
    reason: 'Every CTA of a split runs the same number of pipeline steps.',
    source: thisFamily,
    message: ({ options: o }) =>
      `k ${o.k} does not divide into ${o.numSlicesForSplitK} equal slices; ${o.k % o.numSlicesForSplitK} are left over`,
    fixes: ({ options: o }) => [
      setOption(o, 'k', roundUpTo(o.k, o.numSlicesForSplitK * o.tileK)),
      setOption(o, 'numSlicesForSplitK', 1),
    ],
  }),
  tileKDividesKSlice: rule('tile-k-divides-k-slice', 'error', {
    fields: ['k', 'tileK', 'numSlicesForSplitK'],
    summary: 'tileK divides each slice of k.',
    reason: 'The main loop loads whole stages of tileK; the kernels have no code for a partial last one.',
    source: thisFamily,
    message: ({ options: o }) => {
      const slice = Math.trunc(o.k / o.numSlicesForSplitK);
      const of =
        o.numSlicesForSplitK === 1
          ? `k ${o.k}`
          : `a slice of k (${o.k} / ${o.numSlicesForSplitK} = ${slice})`;
      return `${of} is no multiple of tileK ${o.tileK}; ${slice % o.tileK} are left over`;
    },
    fixes: ({ options: o }) => {
      const slice = Math.trunc(o.k / o.numSlicesForSplitK);
      const smaller = largestDivisor(slice, o.tileK, o.mmaK);
      return [
        setOption(o, 'k', roundUpTo(o.k, o.tileK * o.numSlicesForSplitK)),
        ...(smaller === undefined ? [] : [setOption(o, 'tileK', smaller)]),
      ];
    },
  }),
  clusterXyIsOne: rule('cluster-xy-is-one', 'error', {
    fields: ['clusterDimX', 'clusterDimY'],
    summary: 'Clusters extend along z alone.',
    reason: 'The kernels share no operands between CTAs of different tiles; a cluster only sums slices of k.',
    source: thisFamily,
    message: ({ options: o }) =>
      `the cluster is ${o.clusterDimX}×${o.clusterDimY} along x and y, where only 1×1 is supported`,
    fixes: ({ options: o }) => [setOptions(o, { clusterDimX: 1, clusterDimY: 1 })],
    culprits: ({ options: o }) => (['clusterDimX', 'clusterDimY'] as const).filter((field) => o[field] !== 1),
  }),
  clusterZNeedsSplitK: rule('cluster-z-needs-split-k', 'error', {
    fields: ['clusterDimZ', 'numSlicesForSplitK'],
    summary: 'A cluster along z needs a split k.',
    reason: 'CTAs along z each sum a slice of k; with one slice there is nothing for the others.',
    source: thisFamily,
    message: ({ options: o }) =>
      `clusterDimZ is ${o.clusterDimZ}, but k is in ${o.numSlicesForSplitK} slice, so there is nothing to share along z`,
    fixes: ({ options: o }) => [
      setOption(o, 'clusterDimZ', 1),
      ...(o.clusterDimZ > 1 ? [setOption(o, 'numSlicesForSplitK', o.clusterDimZ)] : []),
    ],
  }),
  toleranceHalf: rule('tolerance-half', 'note', {
    fields: ['dtypeElt', 'allReduceAlgo', 'atol'],
    rewrites: ['atol'],
    summary: 'Fp16 and Bfloat16 inputs without an atol are compared with 2e-4, or 4e-3 after an all-reduce.',
    reason: 'Sums over GPUs round once more for every rank.',
    source: thisFamily,
    message: ({ options: o, changes }) => `tolerance for ${o.dtypeElt} inputs: ${describeChanges(changes)}`,
  }),
  toleranceDsfp8: rule('tolerance-dsfp8', 'note', {
    fields: ['useDeepSeekFp8', 'dtypeC', 'atol', 'rtol'],
    rewrites: ['atol', 'rtol'],
    summary: 'DeepSeek FP8 with 16-bit output is compared with 1e-2 where no tolerance is given.',
    reason: 'The inputs carry three mantissa bits.',
    source: 'OCP 8-bit Floating Point Specification, E4M3; the numbers are those of the tests of this family',
    message: ({ changes }) => `tolerance for DeepSeek FP8: ${describeChanges(changes)}`,
  }),
  oneShotOutputDtype: rule('one-shot-output-dtype', 'error', {
    fields: ['allReduceAlgo', 'dtypeC'],
    summary:
      'A one-shot all-reduce needs an output type that the TMA can add: UInt32, Int32, UInt64, Fp32, Fp16 or Bfloat16.',
    reason: 'It adds every rank’s tile in memory with the bulk-tensor reduction.',
    source: 'PTX ISA, cp.reduce.async.bulk.tensor, types of .add',
    message: ({ options: o }) =>
      `a one-shot all-reduce cannot add ${o.dtypeC}; the TMA adds UInt32, Int32, UInt64, Fp32, Fp16, Bfloat16`,
    fixes: ({ options: o }) => [setOption(o, 'dtypeC', 'Bfloat16'), setOption(o, 'allReduceAlgo', 'None')],
  }),
  twoShotOutputDtype: rule('two-shot-output-dtype', 'error', {
    fields: ['allReduceAlgo', 'dtypeC', 'dtypeAcc'],
    summary: 'A two-shot all-reduce writes the accumulator’s type.',
    reason: 'Partial sums travel between ranks unrounded.',
    source: thisFamily,
    message: ({ options: o }) =>
      `a two-shot all-reduce exchanges accumulators, and dtypeC ${o.dtypeC} is not dtypeAcc ${o.dtypeAcc}`,
    fixes: ({ options: o }) => [setOption(o, 'dtypeC', o.dtypeAcc), setOption(o, 'allReduceAlgo', 'None')],
  }),
  allReduceNeedsTmaStore: rule('all-reduce-needs-tma-store', 'error', {
    fields: ['allReduceAlgo', 'useTmaStore'],
    summary: 'An all-reduce needs TMA stores.',
    reason: 'The reduction over ranks is a kind of TMA store.',
    source: 'PTX ISA, cp.reduce.async.bulk.tensor',
    message: ({ options: o }) =>
      `allReduceAlgo ${o.allReduceAlgo} goes through TMA stores, and useTmaStore is off`,
    fixes: ({ options: o }) => [setOption(o, 'useTmaStore', true), setOption(o, 'allReduceAlgo', 'None')],
  }),
  splitKMode: rule('split-k-mode', 'note', {
    fields: ['numSlicesForSplitK', 'clusterDimZ', 'splitK'],
    rewrites: ['splitK'],
    summary:
      'splitK follows from the slices and the cluster: None, Gmem without a cluster along z, Dsmem with one.',
    reason:
      'Slices in one cluster can add through each other’s shared memory; otherwise only global memory connects them.',
    source: distributedSharedMemory,
    message: ({ options: o, changes }) =>
      `${o.numSlicesForSplitK} slice${o.numSlicesForSplitK === 1 ? '' : 's'} and clusterDimZ ${o.clusterDimZ}: ${describeChanges(changes)}`,
  }),
  splitKGmemElements: rule('split-k-gmem-elements', 'error', {
    fields: ['m', 'n', 'numSlicesForSplitK', 'clusterDimZ'],
    summary: 'With split k through global memory, m·n is a multiple of 4.',
    reason: 'Partial sums are written four at a time.',
    source: thisFamily,
    message: ({ options: o }) =>
      `split k writes 4 partial sums at a time, and m·n = ${o.m}·${o.n} is no multiple of 4`,
    fixes: ({ options: o }) => [setOption(o, 'm', roundUpTo(o.m, 4)), setOption(o, 'n', roundUpTo(o.n, 4))],
  }),
  splitKEpilogueTile: rule('split-k-epilogue-tile', 'adjusted', {
    fields: ['numSlicesForSplitK', 'useDeepSeekFp8', 'tileM', 'tileN', 'epilogueTileM', 'epilogueTileN'],
    rewrites: ['epilogueTileM', 'epilogueTileN'],
    summary: 'With split k, the epilogue tile is the whole tile, DeepSeek FP8 excepted.',
    reason: 'The slices of a tile are summed in one piece.',
    source: thisFamily,
    message: ({ changes }) => `slices of k are summed a tile at a time: ${describeChanges(changes)}`,
  }),
  splitKClusterSize: rule('split-k-cluster-size', 'error', {
    fields: ['numSlicesForSplitK', 'clusterDimZ'],
    summary: 'Split k through shared memory has one CTA of the cluster for each slice.',
    reason: 'Every slice’s partial sums lie in one CTA’s shared memory.',
    source: distributedSharedMemory,
    message: ({ options: o }) =>
      `${o.numSlicesForSplitK} slices of k need a cluster of as many CTAs, and clusterDimZ is ${o.clusterDimZ}`,
    fixes: ({ options: o }) => [
      setOption(o, 'clusterDimZ', o.numSlicesForSplitK),
      setOption(o, 'numSlicesForSplitK', o.clusterDimZ),
    ],
  }),
} as const satisfies Record<string, RuleDescription>;

/** No kernel has deeper stages: what is larger is no tile to suggest. */
const deepestTileK = 1024;

/** The largest divisor of `size` that is a multiple of `step` and not above `limit`. */
function largestDivisor(size: number, limit: number, step: number): number | undefined {
  if (size <= 0 || step <= 0) return undefined;
  for (
    let divisor = Math.floor(Math.min(limit, size, deepestTileK) / step) * step;
    divisor >= step;
    divisor -= step
  ) {
    if (size % divisor === 0) return divisor;
  }
  return undefined;
}
