import type { BatchedGemmOptions, KernelInfo, Problem } from '@gemm-preflight/types';
import { kernelOptions } from './kernel-options.js';

/** The options that a problem alone sets: its sizes and batches, and how its output lies and is summed over GPUs. */
export function problemSizes(problem: Problem) {
  const tokens = problem.tokensPerBatch ?? [];
  return {
    batchM: problem.batchM,
    transposeMmaOutput: problem.transposeMmaOutput,
    batchedM: problem.batchM ? tokens : [],
    batchedN: problem.batchM ? [] : tokens,
    numTokens: problem.numTokens ?? tokens.reduce((sum, count) => sum + count, 0),
    numBatches: tokens.length,
    m: problem.m,
    n: problem.n,
    k: problem.k,
    allReduceAlgo: problem.allReduceAlgo ?? 'None',
  } satisfies Partial<BatchedGemmOptions>;
}

/** The options of a problem on a kernel: tiles and types are the kernel's, sizes and batches the problem's. */
export function optionsFor(kernel: KernelInfo, problem: Problem): BatchedGemmOptions {
  const compiled = kernelOptions(kernel);
  return {
    ...compiled,
    ...problemSizes(problem),
    ...(problem.atol !== undefined && { atol: problem.atol }),
    ...(problem.rtol !== undefined && { rtol: problem.rtol }),
    clusterDimX: compiled.clusterDimX ?? problem.clusterDimX ?? 1,
    clusterDimY: problem.clusterDimY ?? 1,
    clusterDimZ: compiled.clusterDimZ ?? problem.clusterDimZ ?? 1,
    splitK: 'None',
  };
}
