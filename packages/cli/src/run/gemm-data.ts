import { tokensOf } from '@gemm-preflight/checker-wasm';
import type { LaunchPlan } from '@gemm-preflight/types';
import { fillE4m3, type RandomBits } from './random-source.js';
import type { HostGemm } from './reference.js';

/** E4m3's code for "not a number": what padding rows of the activations hold, so that reading one shows. */
const nanCode = 0x7f;

/** Fresh random inputs of a planned E4m3 GEMM with a scale per tensor. */
export interface GemmData extends HostGemm {
  /** The tokens as the kernel wants them: [padded tokens, k], each batch from a multiple of the tile on. */
  readonly paddedTokens: Uint8Array;
}

/** Draws inputs for a plan. The scale keeps outputs near 1, whatever k is. */
export function drawData(plan: LaunchPlan, random: RandomBits): GemmData {
  const { options: o, ctaTables } = plan;
  const rows = o.batchM ? o.n : o.m;
  const tokensPerBatch = tokensOf(o);
  const weights = new Uint8Array(o.numBatches * rows * o.k);
  const tokens = new Uint8Array(tokensPerBatch.reduce((sum, count) => sum + count, 0) * o.k);
  fillE4m3(weights, random);
  fillE4m3(tokens, random);
  return {
    weights,
    tokens,
    tokensPerBatch,
    rows,
    k: o.k,
    scale: Math.fround(1 / Math.sqrt(o.k)),
    paddedTokens: pad(tokens, tokensPerBatch, ctaTables, o.k),
  };
}

function pad(
  tokens: Uint8Array,
  tokensPerBatch: readonly number[],
  { tokenOffsets, totalNumPaddedTokens }: LaunchPlan['ctaTables'],
  k: number,
): Uint8Array {
  const padded = new Uint8Array(totalNumPaddedTokens * k).fill(nanCode);
  let first = 0;
  for (const [batch, count] of tokensPerBatch.entries()) {
    padded.set(tokens.subarray(first * k, (first + count) * k), (tokenOffsets[batch] ?? 0) * k);
    first += count;
  }
  return padded;
}
