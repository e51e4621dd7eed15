import type { KernelInfo, Problem } from '@gemm-preflight/types';

const largest = 2 ** 31 - 1;
/** Of the blocks that anything in this family is laid out in, the largest: DeepSeek's scales, the shuffle, FP4's scales. */
const block = 128;

/**
 * A problem that a kernel can run if it can run any: so whatever the check says of it is said of the kernel. The hidden
 * dimension has two tiles, k fills the pipeline in every slice, and of the batches one fills a tile, one is empty, and one
 * has a single token.
 */
export function canonicalProblem(kernel: KernelInfo): Problem {
  const batchM = kernel.batchMode === 'batchM';
  const tokenTile = atLeastOne(batchM ? kernel.tileM : kernel.tileN);
  const hidden = within(
    2 * commonMultiple(batchM ? kernel.tileN : kernel.tileM, block),
    batchM ? kernel.tileN : kernel.tileM,
  );
  const paddedTokens = within(2 * tokenTile, tokenTile);
  return {
    batchM,
    transposeMmaOutput: kernel.transposeMmaOutput,
    m: batchM ? paddedTokens : hidden,
    n: batchM ? hidden : paddedTokens,
    k: canonicalK(kernel),
    tokensPerBatch: [tokenTile, 0, 1],
    numTokens: Math.min(tokenTile + 1, largest),
    dtypeElt: kernel.dtypeElt,
    dtypeC: kernel.dtypeC,
    blockScale: kernel.blockScale,
    permuteFusion: kernel.permuteFusion,
  };
}

function canonicalK({ tileK, numStages, numSlicesForSplitK }: KernelInfo): number {
  const step = commonMultiple(tileK, block);
  const steps = Math.ceil((atLeastOne(numStages) * atLeastOne(tileK)) / step);
  return within(steps * step * atLeastOne(numSlicesForSplitK), tileK);
}

function commonMultiple(size: number, other: number): number {
  let a = atLeastOne(size);
  let b = other;
  const product = a * b;
  while (b !== 0) [a, b] = [b, a % b];
  return product / a;
}

/** Tiles that are no sizes get a problem all the same: it is the rules that say what is wrong with them. */
function atLeastOne(size: number): number {
  return Math.max(1, size);
}

/** A size of 32 bits; one tile, where the tile is so large that nothing else is. */
function within(size: number, tile: number): number {
  return size <= largest ? size : atLeastOne(tile);
}
