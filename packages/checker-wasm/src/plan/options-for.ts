import type { BatchedGemmOptions, KernelInfo, Problem } from '@gemm-preflight/types';
import { kernelOptions } from './kernel-options.js';

/** The options of a problem on a kernel: tiles and types are the kernel's, sizes and batches the problem's. */
export function optionsFor(kernel: KernelInfo, problem: Problem): BatchedGemmOptions {
  const tokens = problem.tokensPerBatch ?? [];
  const compiled = kernelOptions(kernel);
  return {
    ...compiled,
    batchM: problem.batchM,
    transposeMmaOutput: problem.transposeMmaOutput,
    batchedM: problem.batchM ? tokens : [],
    batchedN: problem.batchM ? [] : tokens,
    numTokens: problem.numTokens ?? tokens.reduce((sum, count) => sum + count, 0),
    numBatches: tokens.length,
    m: problem.m,
    n: problem.n,
    k: problem.k,
    ...(problem.atol !== undefined && { atol: problem.atol }),
    ...(problem.rtol !== undefined && { rtol: problem.rtol }),
    clusterDimX: compiled.clusterDimX ?? problem.clusterDimX ?? 1,
    clusterDimY: problem.clusterDimY ?? 1,
    clusterDimZ: compiled.clusterDimZ ?? problem.clusterDimZ ?? 1,
    allReduceAlgo: problem.allReduceAlgo ?? 'None',
    splitK: 'None',
  };
}
