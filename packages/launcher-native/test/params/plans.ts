import type {
  BatchedGemmOptions,
  BufferName,
  KernelInfo,
  LaunchPlan,
  TensorMapSpec,
} from '@gemm-preflight/types';

/** Options of a per-tensor FP8 GEMM, two experts with 3 and 9 tokens. */
export const baseOptions: BatchedGemmOptions = {
  batchM: false,
  transposeMmaOutput: true,
  useDeepSeekFp8: false,
  routeAct: false,
  useShuffledMatrixA: false,
  tileM: 128,
  tileN: 8,
  tileK: 128,
  epilogueTileM: 128,
  epilogueTileN: 8,
  mmaM: 64,
  mmaN: 8,
  mmaK: 32,
  m: 256,
  n: 1,
  k: 512,
  batchedM: [],
  batchedN: [3, 9],
  numTokens: 12,
  numBatches: 2,
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
  numStages: 2,
  useFusedAct: false,
  gateUseClusterSplitK: false,
  projGateNumSplitKSlices: 1,
};

/** A tensor map of a buffer; only its name, buffer and address matter here. */
export function mapSpec(map: TensorMapSpec['map'], buffer: BufferName): TensorMapSpec {
  return {
    map,
    buffer,
    dtype: 'UINT8',
    globalDim: [512, 512],
    globalStrides: [512],
    boxDim: [128, 128],
    elementStrides: [1, 1],
    swizzle: '128B',
  };
}

/** A plan for options, as the checker would make it where `packParams` looks. */
export function planOf(options: BatchedGemmOptions, changes: Partial<LaunchPlan> = {}): LaunchPlan {
  return {
    functionName: 'kernel',
    options,
    grid: { x: 2, y: 3, z: 1 },
    block: { x: 160, y: 1, z: 1 },
    cluster: { x: 1, y: 1, z: 1 },
    sharedMemBytes: 1024,
    raiseSharedMemLimit: false,
    attributes: [],
    tensorMaps: [mapSpec('tmaA', 'a'), mapSpec('tmaB', 'b'), mapSpec('tmaC', 'c')],
    buffers: [],
    ctaTables: {
      ctaIdxXyToBatchIdx: [0, 1, 1],
      ctaIdxXyToMnLimit: [3, 16, 17],
      totalNumPaddedTokens: 24,
      tokenOffsets: [0, 8],
    },
    outputShape: [24, options.m],
    flops: 0,
    dynamicBatches: false,
    ...changes,
  };
}

/** The catalog entry of a kernel that takes such options. */
export function kernelOf(options: BatchedGemmOptions, paramsAbi: KernelInfo['paramsAbi']): KernelInfo {
  return {
    ...options,
    functionName: 'kernel',
    arch: 'sm90a',
    ruleSet: 'trtllm-gen@2025-03',
    paramsAbi,
    paramsStructSize: 17_280,
    batchMode: options.batchM ? 'batchM' : 'batchN',
    sharedMemSize: 1024,
    threadsPerCta: 160,
    blockScale: options.useDeepSeekFp8,
    permuteFusion: options.routeAct,
    shuffledMatrixA: options.useShuffledMatrixA,
  };
}

/** A different address for every buffer. */
export const addresses: Record<BufferName, bigint> = {
  a: 0x1000n,
  b: 0x2000n,
  c: 0x3000n,
  scaleC: 0x4000n,
  sfA: 0x5000n,
  sfB: 0x6000n,
  dqSfsA: 0x7000n,
  dqSfsB: 0x8000n,
  dqSfsC: 0x9000n,
  tokens: 0xa000n,
  routeMap: 0xb000n,
  dqSfsTokens: 0xc000n,
  sfTokens: 0xd000n,
  numNonExitingCtas: 0xe000n,
  totalNumPaddedTokens: 0xf000n,
  ctaIdxXyToBatchIdx: 0x1_0000n,
  ctaIdxXyToMnLimit: 0x1_1000n,
};
