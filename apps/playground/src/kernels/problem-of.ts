import type { BatchedGemmOptions, Problem } from '@gemm-preflight/types';

/** The problem that options are about: what stays when a kernel is chosen for it. */
export function problemOf(o: BatchedGemmOptions): Problem {
  return {
    batchM: o.batchM,
    transposeMmaOutput: o.transposeMmaOutput,
    m: o.m,
    n: o.n,
    k: o.k,
    tokensPerBatch: o.batchM ? o.batchedM : o.batchedN,
    numTokens: o.numTokens,
    dtypeElt: o.dtypeElt,
    dtypeC: o.dtypeC,
    blockScale: o.useDeepSeekFp8,
    permuteFusion: o.routeAct,
    allReduceAlgo: o.allReduceAlgo,
    ...(o.atol !== undefined && { atol: o.atol }),
    ...(o.rtol !== undefined && { rtol: o.rtol }),
  };
}
