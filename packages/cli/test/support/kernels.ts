import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { optionsFor } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions, KernelFacts, KernelInfo } from '@gemm-preflight/types';
import { root } from './run-main.js';

/** A catalog of the repository, from its root, with our own kernels for Hopper. */
export const ownCatalog = 'packages/kernels/catalog/preflight-sm90a.json';

const { kernels }: { readonly kernels: readonly KernelInfo[] } = JSON.parse(
  readFileSync(join(root, ownCatalog), 'utf8'),
);
const [first] = kernels;
if (first === undefined) throw new Error('our own catalog is empty');

const { cubin: _, sha256: __, ...described } = first;
/** A kernel of {@link ownCatalog}, without its cubin, whose path would lead nowhere from another catalog. */
export const ownKernel: KernelInfo = described;

/** Options of a small problem on {@link ownKernel}, which an H100 can run. */
export const ownOptions: BatchedGemmOptions = optionsFor(ownKernel, {
  batchM: ownKernel.batchMode === 'batchM',
  transposeMmaOutput: ownKernel.transposeMmaOutput,
  m: 1536,
  n: 256,
  k: 2048,
  tokensPerBatch: [3, 0, 12, 1],
  dtypeElt: ownKernel.dtypeElt,
  dtypeC: ownKernel.dtypeC,
});

/** A catalog entry of a kernel that was compiled with these options. */
export function compiledFrom(functionName: string, o: BatchedGemmOptions, facts: KernelFacts): KernelInfo {
  const { tileM, tileN, tileK, epilogueTileM, epilogueTileN, mmaM, mmaN, mmaK } = o;
  const { dtypeElt, dtypeC, dtypeAcc, numStages, numSlicesForSplitK, useTmaStore, useFusedAct } = o;
  const { arch, sharedMemSize, threadsPerCta, paramsAbi, paramsStructSize } = facts;
  return {
    functionName,
    ruleSet: ownKernel.ruleSet,
    ...{ arch, sharedMemSize, threadsPerCta, paramsAbi, paramsStructSize },
    batchMode: o.batchM ? 'batchM' : 'batchN',
    transposeMmaOutput: o.transposeMmaOutput,
    blockScale: o.useDeepSeekFp8,
    permuteFusion: o.routeAct,
    shuffledMatrixA: o.useShuffledMatrixA,
    ...{ tileM, tileN, tileK, epilogueTileM, epilogueTileN, mmaM, mmaN, mmaK },
    ...{ dtypeElt, dtypeC, dtypeAcc, numStages, numSlicesForSplitK, useTmaStore, useFusedAct },
    gateUseClusterSplitK: o.gateUseClusterSplitK,
    projGateNumSplitKSlices: o.projGateNumSplitKSlices,
  };
}
