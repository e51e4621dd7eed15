import { kBlock, type Panel, tokensAtATime, weightsAtATime } from './panel.js';

/**
 * The products of all rows of `tokens` and `weights`: Σ over blocks of (scale of the weight · scale of the token · Σ over k).
 *
 * Sums are kept in float64. Products of E4m3 values are multiples of 2^-18 below 2^18, so up to 2^17 of them add without any
 * rounding, in whatever order; other types come close to that. A GPU adds in float32 or less: close to this, not bit for bit.
 * @returns [tokens.rows, weights.rows].
 */
export function dotProducts(tokens: Panel, weights: Panel): Float64Array {
  const sums = new Float64Array(tokens.rows * weights.rows);
  for (let block = 0; block < tokens.kBlocks; block++) {
    for (let token = 0; token < tokens.rows; token += tokensAtATime)
      addBlock(tokens, weights, block, token, sums);
  }
  return sums;
}

/** Adds one block of k for two tokens and all weights. Written out by hand: this loop is where the time goes. */
function addBlock(tokens: Panel, weights: Panel, block: number, token: number, sums: Float64Array): void {
  const t = tokens.values;
  const w = weights.values;
  // A local: test runners and bundlers turn imported constants into property reads, which would cost more than the product.
  const length = kBlock;
  const t0 = (block * tokens.rows + token) * length;
  const t1 = t0 + length;
  for (let weight = 0; weight < weights.rows; weight += weightsAtATime) {
    const w0 = (block * weights.rows + weight) * length;
    const w1 = w0 + length;
    const w2 = w1 + length;
    const w3 = w2 + length;
    let s00 = 0;
    let s01 = 0;
    let s02 = 0;
    let s03 = 0;
    let s10 = 0;
    let s11 = 0;
    let s12 = 0;
    let s13 = 0;
    for (let i = 0; i < length; i++) {
      const a = t[t0 + i] ?? 0;
      const b = t[t1 + i] ?? 0;
      const p = w[w0 + i] ?? 0;
      const q = w[w1 + i] ?? 0;
      const r = w[w2 + i] ?? 0;
      const s = w[w3 + i] ?? 0;
      s00 += a * p;
      s01 += a * q;
      s02 += a * r;
      s03 += a * s;
      s10 += b * p;
      s11 += b * q;
      s12 += b * r;
      s13 += b * s;
    }
    addScaled(tokens, weights, block, token, weight, s00, s01, s02, s03, sums);
    addScaled(tokens, weights, block, token + 1, weight, s10, s11, s12, s13, sums);
  }
}

/** Adds the products of one token with four weights, scaled. */
function addScaled(
  tokens: Panel,
  weights: Panel,
  block: number,
  token: number,
  weight: number,
  s0: number,
  s1: number,
  s2: number,
  s3: number,
  sums: Float64Array,
): void {
  const scale = tokens.scales[block * tokens.rows + token] ?? 0;
  const from = block * weights.rows + weight;
  const to = token * weights.rows + weight;
  sums[to] = (sums[to] ?? 0) + s0 * scale * (weights.scales[from] ?? 0);
  sums[to + 1] = (sums[to + 1] ?? 0) + s1 * scale * (weights.scales[from + 1] ?? 0);
  sums[to + 2] = (sums[to + 2] ?? 0) + s2 * scale * (weights.scales[from + 2] ?? 0);
  sums[to + 3] = (sums[to + 3] ?? 0) + s3 * scale * (weights.scales[from + 3] ?? 0);
}
