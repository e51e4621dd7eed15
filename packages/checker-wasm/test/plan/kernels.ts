import { readFileSync } from 'node:fs';
import type { BatchedGemmOptions, KernelCatalog, KernelInfo } from '@gemm-preflight/types';

/** The catalog entry of a kernel that was compiled for such options. */
export function kernelOf(options: BatchedGemmOptions, given: Partial<KernelInfo> = {}): KernelInfo {
  return {
    functionName: 'gemm',
    arch: 'sm100a',
    ruleSet: 'trtllm-gen@2025-03',
    paramsAbi: 'trtllm-gen/1',
    paramsStructSize: 17_280,
    batchMode: options.batchM ? 'batchM' : 'batchN',
    transposeMmaOutput: options.transposeMmaOutput,
    sharedMemSize: 100_000,
    threadsPerCta: 384,
    blockScale: options.useDeepSeekFp8,
    permuteFusion: options.routeAct,
    shuffledMatrixA: options.useShuffledMatrixA,
    tileM: options.tileM,
    tileN: options.tileN,
    tileK: options.tileK,
    epilogueTileM: options.epilogueTileM,
    epilogueTileN: options.epilogueTileN,
    mmaM: options.mmaM,
    mmaN: options.mmaN,
    mmaK: options.mmaK,
    numSlicesForSplitK: options.numSlicesForSplitK,
    dtypeElt: options.dtypeElt,
    dtypeC: options.dtypeC,
    dtypeAcc: options.dtypeAcc,
    useTmaStore: options.useTmaStore,
    numStages: options.numStages,
    useFusedAct: options.useFusedAct,
    gateUseClusterSplitK: options.gateUseClusterSplitK,
    projGateNumSplitKSlices: options.projGateNumSplitKSlices,
    ...given,
  };
}

/** Our first family, for FP8 with a scale per tensor: a CTA for each tile of 128 × 8, 16, 32, 64 tokens, in this order. */
export const tileKernels = (): readonly KernelInfo[] =>
  catalog('preflight-sm90a').filter(({ ruleSet }) => ruleSet === 'trtllm-gen@2025-03');

/** The kernels of a catalog of the package `kernels`, which this package must not depend on. */
export function catalog(name: 'preflight-sm90a' | 'trtllm-gen-2025'): readonly KernelInfo[] {
  const file = new URL(`../../../kernels/catalog/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as KernelCatalog).kernels;
}
