// The reference that a run is verified against. It shares nothing with the emulator, the plan or the packing: it reads
// tokens before they are padded, decodes FP8 by its definition, and sums in fp32.

const { fround } = Math;

/** Values of all E4m3 codes, from the definition: 1 sign, 4 exponent bits (bias 7), 3 mantissa bits, no infinities. */
const e4m3 = Float32Array.from({ length: 256 }, (_, code) => {
  const sign = code & 0x80 ? -1 : 1;
  const exponent = (code >> 3) & 0xf;
  const mantissa = code & 0x7;
  if (exponent === 0xf && mantissa === 0x7) return Number.NaN;
  return exponent === 0 ? (sign * mantissa) / 512 : sign * (1 + mantissa / 8) * 2 ** (exponent - 7);
});

/** A batched GEMM on the host: for each batch, out[token, row] = scale · Σ weights[row, k] · tokens[token, k]. */
export interface HostGemm {
  /** E4m3 codes [batches, rows, k]. */
  readonly weights: Uint8Array;
  /** E4m3 codes [all tokens, k], batch after batch, without padding. */
  readonly tokens: Uint8Array;
  readonly tokensPerBatch: readonly number[];
  /** Rows of each batch's weights: the outputs of one token. */
  readonly rows: number;
  readonly k: number;
  readonly scale: number;
}

function decode(codes: Uint8Array, values: Float32Array): void {
  for (let i = 0; i < codes.length; i++) values[i] = e4m3[codes[i] ?? 0] ?? 0;
}

/** Σ x·y in fp32, in four interleaved partial sums. Products of two E4m3 values are exact in fp32. */
function dot(x: Float32Array, y: Float32Array, yAt: number, length: number): number {
  let s0 = fround(0);
  let s1 = fround(0);
  let s2 = fround(0);
  let s3 = fround(0);
  for (let i = 0; i < length; i += 4) {
    const j = yAt + i;
    s0 = fround(s0 + fround((x[i] as number) * (y[j] as number)));
    s1 = fround(s1 + fround((x[i + 1] as number) * (y[j + 1] as number)));
    s2 = fround(s2 + fround((x[i + 2] as number) * (y[j + 2] as number)));
    s3 = fround(s3 + fround((x[i + 3] as number) * (y[j + 3] as number)));
  }
  return fround(fround(s0 + s1) + fround(s2 + s3));
}

/**
 * Computes the reference, [all tokens, rows] in fp32.
 * @throws {RangeError} when k is no multiple of 4
 */
export function referenceGemm({ weights, tokens, tokensPerBatch, rows, k, scale }: HostGemm): Float32Array {
  if (k % 4 !== 0) throw new RangeError(`the reference sums four products at a time, and k is ${k}`);
  const out = new Float32Array((tokens.length / k) * rows);
  const row = new Float32Array(k);
  let first = 0;
  for (const [batch, count] of tokensPerBatch.entries()) {
    if (count === 0) continue;
    const values = new Float32Array(count * k);
    decode(tokens.subarray(first * k, (first + count) * k), values);
    for (let r = 0; r < rows; r++) {
      const at = (batch * rows + r) * k;
      decode(weights.subarray(at, at + k), row);
      for (let t = 0; t < count; t++) out[(first + t) * rows + r] = scale * dot(row, values, t * k, k);
    }
    first += count;
  }
  return out;
}
