import type { BatchedGemmOptions, KernelFacts, TargetName } from '@gemm-preflight/types';

/** FP8 experts with a tile of 128×64, on Blackwell: a configuration that no rule has anything to say of. */
export const soundOptions: BatchedGemmOptions = {
  batchM: false,
  transposeMmaOutput: true,
  useDeepSeekFp8: false,
  routeAct: false,
  useShuffledMatrixA: false,
  tileM: 128,
  tileN: 64,
  tileK: 128,
  epilogueTileM: 128,
  epilogueTileN: 64,
  mmaM: 128,
  mmaN: 64,
  mmaK: 32,
  batchedM: [],
  batchedN: [96, 0, 512, 200],
  numTokens: 808,
  numBatches: 4,
  m: 1536,
  n: 256,
  k: 2048,
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
  dtypeAcc: 'Fp32',
  useTmaStore: true,
  numSlicesForSplitK: 1,
  clusterDimX: 1,
  clusterDimY: 1,
  clusterDimZ: 1,
  allReduceAlgo: 'None',
  splitK: 'None',
  numStages: 3,
  useFusedAct: false,
  gateUseClusterSplitK: false,
  projGateNumSplitKSlices: 1,
};

/** The target that {@link soundOptions} run on. */
export const soundTarget: TargetName = 'b200';

/** A kernel of {@link soundOptions}, whose layout takes 90,112 bytes. */
export const soundKernel: KernelFacts = {
  arch: 'sm100a',
  sharedMemSize: 90_112,
  threadsPerCta: 384,
  paramsAbi: 'trtllm-gen/1',
  paramsStructSize: 17_280,
};

/** What to change in sound options, and maybe the target, so that a rule has something to say. */
export interface Violation {
  readonly change: Partial<BatchedGemmOptions>;
  readonly target?: TargetName;
  /** What to change in the sound kernel; default: the check is told of none. */
  readonly kernel?: Partial<KernelFacts>;
  /**
   * What to change in that, and maybe its target, so that the rule has nothing to say. Needed only where neither a fix nor
   * the adjusted values do, or where they would miss the point.
   */
  readonly right?: { readonly change?: Partial<BatchedGemmOptions>; readonly target?: TargetName };
}

type Change = Partial<BatchedGemmOptions>;

/** DeepSeek FP8, sound. */
const deepSeek: Change = { useDeepSeekFp8: true, epilogueTileM: 64, mmaM: 64, dtypeC: 'E4m3' };
/** NVFP4, sound. */
const fp4: Change = { dtypeElt: 'E2m1', tileN: 128, epilogueTileN: 128, mmaK: 64, tileK: 256 };
/** Tokens along m, sound. */
const tokensAlongM: Change = {
  batchM: true,
  transposeMmaOutput: false,
  batchedM: [96, 0, 512, 200],
  batchedN: [],
};

/** Two warpgroups of 64 rows each: sound by hopper-native@1. */
const warpgroups: Change = { mmaM: 64, epilogueTileM: 64 };
/** The same with tokens along m, for a cluster of two. */
const cluster: Change = {
  ...tokensAlongM,
  ...warpgroups,
  ...{ tileM: 256, tileN: 128, mmaN: 128, epilogueTileN: 128, clusterDimX: 2 },
};
const onHopper = (change: Change): Violation => ({ change: { ...warpgroups, ...change }, target: 'h100' });

/** How to break each rule, by its name. A rule that others keep from ever speaking has no entry. */
export const violations: Readonly<Record<string, Violation>> = {
  'invalid-input': { change: { tileK: 12.5 } },
  'tile-sizes-positive': { change: { tileK: 0 } },
  'adjustment-overflow': { change: { ...fp4, mmaK: 32, tileK: 2 ** 31 - 1 } },
  'needs-hopper': { change: warpgroups, right: { target: 'h100' } },
  'hopper-inputs': onHopper({ dtypeElt: 'E5m2' }),
  'hopper-accumulators': onHopper({ dtypeAcc: 'Fp16' }),
  'hopper-output': onHopper({ dtypeC: 'Fp32' }),
  'hopper-instruction': onHopper({ mmaM: 128, mmaN: 32 }),
  'hopper-tile-k': onHopper({ tileK: 64 }),
  'warpgroup-epilogue-tile': onHopper({ epilogueTileM: 128 }),
  'hopper-tile': onHopper({ tileN: 48 }),
  'pipeline-stages': onHopper({ numStages: 1 }),
  'cluster-of-two': onHopper({ clusterDimX: 2 }),
  'cluster-divides-hidden': onHopper({ ...cluster, n: 384 }),
  'split-k-slices': onHopper({ numSlicesForSplitK: 5, clusterDimZ: 5, k: 1920 }),
  'route-act-alone': onHopper({ routeAct: true }),
  'all-reduce-unsupported': onHopper({ allReduceAlgo: 'OneShot' }),
  'shuffle-unsupported': onHopper({ useShuffledMatrixA: true }),
  'fused-activation-unsupported': { change: { useFusedAct: true } },
  'e4m3-mma-k': { change: { mmaK: 16 } },
  'fp4-needs-blackwell': { change: fp4, target: 'h100', right: { target: 'b200' } },
  'fp4-mma-k': { change: { ...fp4, mmaK: 32 } },
  'fp4-mma-m': { change: { ...fp4, mmaM: 64 } },
  'fp4-mma-n': { change: { ...fp4, mmaN: 32 } },
  'fp4-tile-n': { change: { ...fp4, tileN: 64, epilogueTileN: 64 } },
  'fp4-output-needs-blackwell': {
    change: { ...tokensAlongM, dtypeC: 'E2m1' },
    target: 'h100',
    right: { target: 'b200' },
  },
  'fp4-output-m': { change: { ...tokensAlongM, dtypeC: 'E2m1', m: 1500 } },
  'fp4-output-n': { change: { ...tokensAlongM, dtypeC: 'E2m1', n: 250 } },
  'fp4-output-not-transposed': { change: { dtypeC: 'E2m1' } },
  'output-dtype-default': { change: { dtypeC: 'Void' } },
  'epilogue-tile-m': { change: { mmaM: 64, epilogueTileM: 96 } },
  'epilogue-tile-n': { change: { epilogueTileN: 48 } },
  'hopper-epilogue-tile': {
    change: { mmaM: 64, epilogueTileM: 64 },
    target: 'h100',
    right: { target: 'b200' },
  },
  'mma-m-128-epilogue-tile': { change: { epilogueTileM: 64 } },
  'problem-size-positive': { change: { k: 0 } },
  'split-k-positive': { change: { numSlicesForSplitK: 0 } },
  'split-k-divides-k': { change: { numSlicesForSplitK: 3 } },
  'tile-k-divides-k-slice': { change: { k: 1000 } },
  'tma-store-covers-tile': { change: { m: 64 } },
  'tma-store-divides-hidden': { change: { m: 1500 } },
  'shuffle-block-divides-m': {
    change: { useShuffledMatrixA: true, m: 1500 },
    right: { change: { m: 1536 } },
  },
  'mma-fits-epilogue-tile': { change: { mmaN: 128 } },
  'cluster-xy-is-one': { change: { clusterDimX: 2 } },
  'cluster-z-needs-split-k': { change: { clusterDimZ: 2 } },
  'tile-m-limit': {
    change: { tileM: 256, epilogueTileM: 256 },
    right: { change: { tileM: 128, epilogueTileM: 128 } },
  },
  'tolerance-half': { change: { dtypeElt: 'Fp16', mmaK: 16, tileK: 64 } },
  'tolerance-dsfp8': { change: { ...deepSeek, dtypeC: 'Bfloat16' } },
  'shuffle-needs-transposed-output': {
    change: { ...tokensAlongM, useShuffledMatrixA: true },
  },
  'one-shot-output-dtype': { change: { allReduceAlgo: 'OneShot', dtypeC: 'E4m3' } },
  'two-shot-output-dtype': { change: { allReduceAlgo: 'TwoShot' } },
  'all-reduce-needs-tma-store': { change: { allReduceAlgo: 'OneShot', useTmaStore: false } },
  'split-k-mode': { change: { numSlicesForSplitK: 2 } },
  'split-k-gmem-elements': {
    change: { numSlicesForSplitK: 2, m: 1537, n: 255 },
    right: { change: { m: 1536, n: 256 } },
  },
  'split-k-epilogue-tile': { change: { numSlicesForSplitK: 2, clusterDimZ: 2, mmaM: 64, epilogueTileM: 64 } },
  'split-k-cluster-size': {
    change: { numSlicesForSplitK: 4, clusterDimZ: 2, projGateNumSplitKSlices: 4 },
  },
  'dsfp8-dtype': { change: { ...deepSeek, dtypeElt: 'Fp16', mmaK: 16 } },
  'dsfp8-needs-blackwell': { change: deepSeek, target: 'h100', right: { target: 'b200' } },
  'dsfp8-no-all-reduce': { change: { ...deepSeek, dtypeC: 'Bfloat16', allReduceAlgo: 'OneShot' } },
  'dsfp8-tile-k': { change: { ...deepSeek, tileK: 64 } },
  'dsfp8-hidden-multiple': {
    change: { ...deepSeek, tileM: 64, epilogueTileM: 32, mmaM: 32, m: 1600 },
    right: { change: { m: 1664, tileM: 128, epilogueTileM: 64, mmaM: 64 } },
  },
  'dsfp8-k-multiple': {
    change: { ...deepSeek, k: 2000, tileK: 80 },
    right: { change: { k: 2048, tileK: 128 } },
  },
  'dsfp8-epilogue-half-tile': { change: { ...deepSeek, epilogueTileM: 128 } },
  'dsfp8-mma-half-tile': {
    change: { ...deepSeek, mmaM: 128, epilogueTileM: 128 },
    right: { change: { mmaM: 64, epilogueTileM: 64 } },
  },
  'batch-sizes-default': { change: { batchedN: [] } },
  'num-batches': { change: { numBatches: 8 } },
  'batch-m-covers-tile': {
    change: { ...tokensAlongM, useTmaStore: false, n: 32 },
    right: { change: { useTmaStore: true, n: 64 } },
  },
  'batch-m-divides': {
    change: { ...tokensAlongM, useTmaStore: false, n: 250 },
    right: { change: { useTmaStore: true, n: 256 } },
  },
  'batch-m-row-major': { change: { ...tokensAlongM, transposeMmaOutput: true } },
  'batch-n-covers-tile': {
    change: { useTmaStore: false, m: 64 },
    right: { change: { useTmaStore: true, m: 128 } },
  },
  'batch-n-divides': { change: { useTmaStore: false, m: 1500 } },
  'batch-n-column-major': { change: { transposeMmaOutput: false } },
  'dsfp8-batch-m-hidden-multiple': {
    change: { ...deepSeek, ...tokensAlongM, transposeMmaOutput: true, n: 320 },
    right: { change: { transposeMmaOutput: false, n: 384, epilogueTileN: 32, mmaN: 32 } },
  },
  'dsfp8-batch-n-hidden-multiple': {
    change: { ...deepSeek, transposeMmaOutput: false, m: 1600 },
    right: { change: { transposeMmaOutput: true, m: 1664 } },
  },
  'batched-needs-tma-store': { change: { useTmaStore: false } },
  'grid-limits': { change: { projGateNumSplitKSlices: 0 } },
  'shared-memory-limit': { change: { numStages: 9 }, right: { change: { numStages: 8 } } },
  'cluster-limits': { change: { numSlicesForSplitK: 2, clusterDimZ: 2 } },
  'mma-dtype': { change: { dtypeAcc: 'Int32' } },
  'wgmma-shape': { change: { mmaN: 60 }, target: 'h100' },
  'tcgen05-shape': { change: { mmaN: 60 } },
  'mma-divides-tile': { change: { mmaN: 48 } },
  'kernel-arch': { change: {}, kernel: { arch: 'sm103a' } },
  'kernel-shared-memory': { change: {}, kernel: { sharedMemSize: 65_536 } },
  'threads-per-cta': { change: {}, kernel: { threadsPerCta: 400 } },
  'batch-sizes-not-negative': { change: { batchedN: [96, -1, 512, 200] } },
  'batches-not-empty': {
    change: { batchedN: [0, 0, 0, 0] },
    right: { change: { batchedN: [96, 0, 512, 200] } },
  },
  'batch-capacity': {
    change: { batchedN: Array.from({ length: 257 }, () => 1), numBatches: 257 },
    right: { change: { batchedN: Array.from({ length: 256 }, () => 1), numBatches: 256 } },
  },
  'cta-table-capacity': {
    change: { tileN: 8, epilogueTileN: 8, mmaN: 8, batchedN: [16_400], numBatches: 1 },
  },
  'tensor-map-dtype': { change: { dtypeElt: 'E5m2' } },
  'tensor-map-extent': { change: { m: 2 ** 31 - 128 } },
  'tensor-map-stride': { change: { tileK: 8, k: 2056 } },
  'tensor-map-box': { change: { tileN: 320, epilogueTileN: 320, numStages: 1 } },
  'tensor-map-swizzle': { change: { tileK: 96, k: 1920 } },
  'size-overflow': { change: { m: 2 ** 29 + 128 } },
  'parameter-block-size': { change: {}, kernel: { paramsStructSize: 4096 } },
};
