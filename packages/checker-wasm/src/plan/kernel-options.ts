import type { BatchedGemmOptions, KernelInfo, OptionName } from '@gemm-preflight/types';

/** The options that a kernel was compiled with, and that no launch can change. */
export type KernelOptions = Pick<
  BatchedGemmOptions,
  | 'batchM'
  | 'transposeMmaOutput'
  | 'useDeepSeekFp8'
  | 'routeAct'
  | 'useShuffledMatrixA'
  | 'tileM'
  | 'tileN'
  | 'tileK'
  | 'epilogueTileM'
  | 'epilogueTileN'
  | 'mmaM'
  | 'mmaN'
  | 'mmaK'
  | 'dtypeElt'
  | 'dtypeC'
  | 'dtypeAcc'
  | 'useTmaStore'
  | 'numSlicesForSplitK'
  | 'numStages'
  | 'useFusedAct'
  | 'gateUseClusterSplitK'
  | 'projGateNumSplitKSlices'
> &
  /** Where a kernel was compiled for a cluster. */
  Partial<Pick<BatchedGemmOptions, 'clusterDimX' | 'clusterDimZ'>>;

/** What a catalog entry says of the options. */
export function kernelOptions(kernel: KernelInfo): KernelOptions {
  return {
    batchM: kernel.batchMode === 'batchM',
    transposeMmaOutput: kernel.transposeMmaOutput,
    useDeepSeekFp8: kernel.blockScale,
    routeAct: kernel.permuteFusion,
    useShuffledMatrixA: kernel.shuffledMatrixA,
    tileM: kernel.tileM,
    tileN: kernel.tileN,
    tileK: kernel.tileK,
    epilogueTileM: kernel.epilogueTileM,
    epilogueTileN: kernel.epilogueTileN,
    mmaM: kernel.mmaM,
    mmaN: kernel.mmaN,
    mmaK: kernel.mmaK,
    dtypeElt: kernel.dtypeElt,
    dtypeC: kernel.dtypeC,
    dtypeAcc: kernel.dtypeAcc,
    useTmaStore: kernel.useTmaStore,
    numSlicesForSplitK: kernel.numSlicesForSplitK,
    numStages: kernel.numStages,
    useFusedAct: kernel.useFusedAct,
    gateUseClusterSplitK: kernel.gateUseClusterSplitK,
    projGateNumSplitKSlices: kernel.projGateNumSplitKSlices,
    ...(kernel.clusterDimX !== undefined && { clusterDimX: kernel.clusterDimX }),
    ...(kernel.clusterDimZ !== undefined && { clusterDimZ: kernel.clusterDimZ }),
  };
}

/** Where checked options differ from what a kernel was compiled with; a line each. */
export function otherThanCompiled(kernel: KernelInfo, options: BatchedGemmOptions): readonly string[] {
  const own = kernelOptions(kernel);
  const compiled = { ...own, dtypeC: own.dtypeC === 'Void' ? own.dtypeElt : own.dtypeC };
  return (Object.keys(compiled) as (OptionName & keyof KernelOptions)[])
    .filter((name) => compiled[name] !== options[name])
    .map(
      (name) => `compiled with ${name} ${compiled[name]}, where the checked options have ${options[name]}`,
    );
}
