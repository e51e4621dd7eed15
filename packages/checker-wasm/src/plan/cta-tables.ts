import type { BatchedGemmOptions, CtaTables } from '@gemm-preflight/types';

/** The tokens of each batch, in the list that these options read. */
export function tokensOf(options: BatchedGemmOptions): readonly number[] {
  return options.batchM ? options.batchedM : options.batchedN;
}

/** The tile that cuts the tokens: tileM for batchM, tileN for batchN. */
export function tokenTile(options: BatchedGemmOptions): number {
  return options.batchM ? options.tileM : options.tileN;
}

/**
 * Which CTA along the tokens works for which batch. Every batch starts at a multiple of the tile in the padded token
 * space; a batch of no tokens takes no CTA.
 * @param tokens tokens of each batch; none negative
 * @param tile tokens per CTA; positive
 */
export function ctaTables(tokens: readonly number[], tile: number): CtaTables {
  const batchOf: number[] = [];
  const limitOf: number[] = [];
  const tokenOffsets: number[] = [];
  for (const [batch, count] of tokens.entries()) {
    const first = batchOf.length;
    const end = first * tile + count;
    tokenOffsets.push(first * tile);
    for (let cta = first; cta * tile < end; cta++) {
      batchOf.push(batch);
      limitOf.push(Math.min((cta + 1) * tile, end));
    }
  }
  return {
    ctaIdxXyToBatchIdx: batchOf,
    ctaIdxXyToMnLimit: limitOf,
    totalNumPaddedTokens: batchOf.length * tile,
    tokenOffsets,
  };
}

/**
 * The most CTAs along the tokens that so many tokens can take, however they fall on the batches: all but the last tile of
 * a batch are full.
 */
export function mostCtas(tokens: number, batches: number, tile: number): number {
  const nonEmpty = Math.min(tokens, batches);
  return Math.floor((tokens + (tile - 1) * nonEmpty) / tile);
}
