// The reference that a run is verified against. It shares nothing with the emulator, the plan or the packing: it reads
// tokens before they are padded, decodes inputs by their definitions, and sums in fp32.

import type { CodedDtype, Codes } from './codes.js';

const { fround } = Math;

/** Values of all E4m3 codes, from the definition: 1 sign, 4 exponent bits (bias 7), 3 mantissa bits, no infinities. */
const e4m3 = Float32Array.from({ length: 256 }, (_, code) => {
  const sign = code & 0x80 ? -1 : 1;
  const exponent = (code >> 3) & 0xf;
  const mantissa = code & 0x7;
  if (exponent === 0xf && mantissa === 0x7) return Number.NaN;
  return exponent === 0 ? (sign * mantissa) / 512 : sign * (1 + mantissa / 8) * 2 ** (exponent - 7);
});

/** The value of a half-precision code (IEEE 754 binary16): 1 sign, 5 exponent bits (bias 15), 10 mantissa bits. */
function fp16(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 0x1f;
  const mantissa = code & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

const word = new Uint32Array(1);
const wordAsFloat = new Float32Array(word.buffer);

/** The value of a bfloat16 code: the upper half of a float. */
function bfloat16(code: number): number {
  word[0] = code << 16;
  return wordAsFloat[0] ?? Number.NaN;
}

/** Channels that share a DeepSeek scale; of weights, rows too. */
const scaleBlock = 128;

/** Scales of E4m3 inputs, each for 128 channels: DeepSeek's FP8. */
export interface BlockScales {
  /** For blocks of 128 rows: [batches · rows / 128, k / 128]. */
  readonly weights: Float32Array;
  /** For each token: [all tokens, k / 128]. */
  readonly tokens: Float32Array;
}

/** A batched GEMM on the host: for each batch, out[token, row] = scale · Σ weights[row, k] · tokens[token, k]. */
export interface HostGemm {
  readonly dtype: CodedDtype;
  /** Codes [batches, rows, k]. */
  readonly weights: Codes;
  /** Codes [all tokens, k], batch after batch, without padding. */
  readonly tokens: Codes;
  readonly tokensPerBatch: readonly number[];
  /** Rows of each batch's weights: the outputs of one token. */
  readonly rows: number;
  readonly k: number;
  readonly scale: number;
  /** With these, each 128 products are scaled before they are added. */
  readonly blockScales?: BlockScales;
}

/** Decodes codes of a type by its definition. */
export function decodeByDefinition(dtype: CodedDtype, codes: Codes, values: Float32Array): void {
  const decode = dtype === 'E4m3' ? (code: number) => e4m3[code] ?? 0 : dtype === 'Fp16' ? fp16 : bfloat16;
  for (let i = 0; i < codes.length; i++) values[i] = decode(codes[i] ?? 0);
}

/** Σ x·y in fp32, in four interleaved partial sums. Products of two values of these types are exact in fp32. */
function dot(x: Float32Array, xAt: number, y: Float32Array, yAt: number, length: number): number {
  let s0 = fround(0);
  let s1 = fround(0);
  let s2 = fround(0);
  let s3 = fround(0);
  for (let step = 0; step < length; step += 4) {
    const i = xAt + step;
    const j = yAt + step;
    s0 = fround(s0 + fround((x[i] as number) * (y[j] as number)));
    s1 = fround(s1 + fround((x[i + 1] as number) * (y[j + 1] as number)));
    s2 = fround(s2 + fround((x[i + 2] as number) * (y[j + 2] as number)));
    s3 = fround(s3 + fround((x[i + 3] as number) * (y[j + 3] as number)));
  }
  return fround(fround(s0 + s1) + fround(s2 + s3));
}

/** The same with scales, for one row of weights and one token. */
function scaledDot(
  weights: Float32Array,
  weightScales: Float32Array,
  weightScalesAt: number,
  tokens: Float32Array,
  tokensAt: number,
  tokenScales: Float32Array,
  tokenScalesAt: number,
  k: number,
): number {
  let sum = fround(0);
  for (let block = 0; block < k / scaleBlock; block++) {
    const at = block * scaleBlock;
    const scale = fround(
      (weightScales[weightScalesAt + block] as number) * (tokenScales[tokenScalesAt + block] as number),
    );
    sum = fround(sum + fround(scale * dot(weights, at, tokens, tokensAt + at, scaleBlock)));
  }
  return sum;
}

/**
 * Computes the reference, [all tokens, rows] in fp32.
 * @throws {RangeError} when k is no multiple of 4; with block scales, when k or the rows are none of 128
 */
export function referenceGemm(gemm: HostGemm): Float32Array {
  const { dtype, weights, tokens, tokensPerBatch, rows, k, scale, blockScales } = gemm;
  if (k % 4 !== 0) throw new RangeError(`the reference sums four products at a time, and k is ${k}`);
  if (blockScales !== undefined && (k % scaleBlock !== 0 || rows % scaleBlock !== 0)) {
    throw new RangeError(`scales are of blocks of 128, and the weights of a batch are ${rows} × ${k}`);
  }
  const out = new Float32Array((tokens.length / k) * rows);
  const row = new Float32Array(k);
  const blocks = k / scaleBlock;
  let first = 0;
  for (const [batch, count] of tokensPerBatch.entries()) {
    if (count === 0) continue;
    const values = new Float32Array(count * k);
    decodeByDefinition(dtype, tokens.subarray(first * k, (first + count) * k), values);
    for (let r = 0; r < rows; r++) {
      const at = batch * rows + r;
      decodeByDefinition(dtype, weights.subarray(at * k, (at + 1) * k), row);
      const scalesAt = Math.floor(at / scaleBlock) * blocks;
      for (let t = 0; t < count; t++) {
        const token = first + t;
        out[token * rows + r] =
          blockScales === undefined
            ? scale * dot(row, 0, values, t * k, k)
            : scaledDot(
                ...([row, blockScales.weights, scalesAt, values, t * k] as const),
                ...([blockScales.tokens, token * blocks, k] as const),
              );
      }
    }
    first += count;
  }
  return out;
}
