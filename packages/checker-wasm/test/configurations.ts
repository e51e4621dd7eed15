import type { BatchedGemmOptions, CheckResult, Diagnostic } from '@gemm-preflight/types';

// Configurations that a B200 takes as they are: no error, no adjustment, no note. Tests vary one thing at a time.

/** FP8, tokens along n: the experts' weights are A. */
export const fp8: BatchedGemmOptions = {
  batchM: false,
  transposeMmaOutput: true,
  useDeepSeekFp8: false,
  routeAct: false,
  useShuffledMatrixA: false,
  tileM: 128,
  tileN: 8,
  tileK: 128,
  epilogueTileM: 64,
  epilogueTileN: 8,
  mmaM: 64,
  mmaN: 8,
  mmaK: 32,
  batchedM: [],
  batchedN: [5, 0, 17, 8],
  numTokens: 30,
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
  numStages: 4,
  useFusedAct: false,
  gateUseClusterSplitK: false,
  projGateNumSplitKSlices: 1,
};

/** FP8, tokens along m. */
export const fp8BatchM: BatchedGemmOptions = {
  ...fp8,
  batchM: true,
  transposeMmaOutput: false,
  tileN: 128,
  epilogueTileN: 64,
  mmaN: 64,
  batchedM: [300, 17],
  batchedN: [],
  numTokens: 317,
  numBatches: 2,
  m: 512,
  n: 1536,
};

/** DeepSeek FP8 as in a published projection kernel: 3 stages of 128×128×128, epilogue 64×128. */
export const dsfp8: BatchedGemmOptions = {
  ...fp8,
  useDeepSeekFp8: true,
  tileN: 128,
  epilogueTileN: 128,
  mmaN: 128,
  m: 4096,
  k: 7168,
  dtypeC: 'E4m3',
  numStages: 3,
};

/** DeepSeek FP8, tokens along m. */
export const dsfp8BatchM: BatchedGemmOptions = {
  ...fp8BatchM,
  useDeepSeekFp8: true,
  dtypeC: 'E4m3',
  numStages: 3,
};

/** FP4 inputs, 16-bit output. */
export const fp4: BatchedGemmOptions = {
  ...fp8,
  dtypeElt: 'E2m1',
  tileN: 128,
  tileK: 256,
  epilogueTileM: 128,
  epilogueTileN: 128,
  mmaM: 128,
  mmaN: 128,
  mmaK: 64,
};

/** FP8 inputs, FP4 output. */
export const fp4Output: BatchedGemmOptions = { ...fp8BatchM, dtypeC: 'E2m1' };

/** Bfloat16 inputs, with a tolerance of the caller's. */
export const bf16: BatchedGemmOptions = { ...fp8, dtypeElt: 'Bfloat16', tileK: 64, mmaK: 16, atol: 1e-3 };

/** k in two slices, summed through global memory. */
export const gmemSplit: BatchedGemmOptions = {
  ...fp8,
  epilogueTileM: 128,
  numSlicesForSplitK: 2,
  splitK: 'Gmem',
};

/** k in two slices, summed in a cluster's shared memory. */
export const dsmemSplit: BatchedGemmOptions = {
  ...gmemSplit,
  clusterDimZ: 2,
  projGateNumSplitKSlices: 2,
  splitK: 'Dsmem',
};

/** Summed over GPUs, every rank adding into every other. */
export const oneShot: BatchedGemmOptions = { ...fp8, allReduceAlgo: 'OneShot' };

/** Summed over GPUs by reduce-scatter and all-gather of accumulators. */
export const twoShot: BatchedGemmOptions = { ...fp8, allReduceAlgo: 'TwoShot', dtypeC: 'Fp32' };

/** All of the above, by name. */
export const configurations: Readonly<Record<string, BatchedGemmOptions>> = {
  fp8,
  fp8BatchM,
  dsfp8,
  dsfp8BatchM,
  fp4,
  fp4Output,
  bf16,
  gmemSplit,
  dsmemSplit,
  oneShot,
  twoShot,
};

/** The rules of a result's errors, in order. */
export function errorsOf(result: CheckResult): readonly string[] {
  return result.diagnostics.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
}

/** What a rule found. */
export function findingOf(result: CheckResult, rule: string): Diagnostic | undefined {
  return result.diagnostics.find((diagnostic) => diagnostic.rule === rule);
}
