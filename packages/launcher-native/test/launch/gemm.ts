import { optionsFor } from '@gemm-preflight/checker-wasm';
import { type BatchedGemmOptions, type KernelInfo, targets } from '@gemm-preflight/types';
import type { Context } from '../../src/driver/index.js';
import { emulatedDriver } from '../../src/launch/index.js';
import { Random } from '../emulator-kernels/random.js';
import { ours } from './kernels.js';

/** A context of an emulated H100 that can compute our kernels. */
export function emulatedContext(totalMemoryBytes?: number): Context {
  const driver = emulatedDriver({
    target: targets.h100,
    kernels: ours,
    ...(totalMemoryBytes !== undefined && { totalMemoryBytes }),
  });
  return driver.device(0).retainPrimaryContext();
}

/** Inputs of a per-tensor FP8 GEMM with the tokens along n, in plain arrays. */
export interface Gemm {
  readonly kernel: KernelInfo;
  readonly options: BatchedGemmOptions;
  readonly tokensPerBatch: readonly number[];
  readonly m: number;
  readonly k: number;
  /** E4m3 codes [batches, m, k]. */
  readonly weights: Uint8Array;
  /** E4m3 codes of each batch, [tokens, k]. */
  readonly tokens: readonly Uint8Array[];
  /** First padded row of each batch, and the rows in all: each batch begins at a multiple of the tile. */
  readonly offsets: readonly number[];
  readonly paddedRows: number;
}

export function gemmOf(
  kernel: KernelInfo,
  tokensPerBatch: readonly number[],
  { m = 256, k = 384, seed = 1 } = {},
): Gemm {
  const random = new Random(seed);
  const codes = (count: number) => Uint8Array.from({ length: count }, () => finiteCode(random));
  const offsets: number[] = [];
  let paddedRows = 0;
  for (const count of tokensPerBatch) {
    offsets.push(paddedRows);
    paddedRows += Math.ceil(count / kernel.tileN) * kernel.tileN;
  }
  const options = optionsFor(kernel, {
    batchM: false,
    transposeMmaOutput: true,
    m,
    n: kernel.tileN,
    k,
    tokensPerBatch,
    dtypeElt: 'E4m3',
    dtypeC: 'Bfloat16',
  });
  return {
    kernel,
    options,
    tokensPerBatch,
    m,
    k,
    weights: codes(tokensPerBatch.length * m * k),
    tokens: tokensPerBatch.map((count) => codes(count * k)),
    offsets,
    paddedRows,
  };
}

const nanCode = 0x7f;

/** A random E4m3 code of a number: 0x7f and 0xff stand for none. */
function finiteCode(random: Random): number {
  const code = random.integer(256);
  return (code & 0x7f) === nanCode ? 0 : code;
}

/** The tokens in the padded space [rows, k]. Padding is not a number, so that reading it shows. */
export function paddedTokens({ tokens, offsets, paddedRows, k }: Gemm): Uint8Array {
  const padded = new Uint8Array(paddedRows * k).fill(nanCode);
  for (const [batch, codes] of tokens.entries()) padded.set(codes, (offsets[batch] ?? 0) * k);
  return padded;
}

/** E4m3 by its definition (OCP 8-bit floating point): sign, 4 bits of exponent with bias 7, 3 of mantissa. */
function e4m3(code: number): number {
  const exponent = (code & 0x78) >> 3;
  const mantissa = code & 7;
  const magnitude = exponent === 0 ? mantissa * 2 ** -9 : (8 + mantissa) * 2 ** (exponent - 10);
  return code & 0x80 ? -magnitude : magnitude;
}

const values = Float64Array.from({ length: 256 }, (_, code) => e4m3(code));

/** scale · Σ weight · token over k, in float64, for each padded row; undefined for rows of padding. */
export function reference(gemm: Gemm, scale: number): readonly (readonly number[] | undefined)[] {
  const { m, k, weights, tokens, tokensPerBatch, offsets, paddedRows } = gemm;
  const rows: (readonly number[] | undefined)[] = Array(paddedRows).fill(undefined);
  for (const [batch, count] of tokensPerBatch.entries()) {
    const codes = tokens[batch] ?? new Uint8Array();
    for (let token = 0; token < count; token++) {
      rows[(offsets[batch] ?? 0) + token] = Array.from({ length: m }, (_, row) => {
        const from = (batch * m + row) * k;
        let sum = 0;
        for (let i = 0; i < k; i++) {
          sum += (values[weights[from + i] ?? 0] ?? 0) * (values[codes[token * k + i] ?? 0] ?? 0);
        }
        return scale * sum;
      });
    }
  }
  return rows;
}

/** Bfloat16 codes [rows, m] as numbers: bf16 is the upper half of a float32. */
export function decodeRows(codes: Uint16Array, m: number): readonly (readonly number[])[] {
  const bits = Uint32Array.from(codes, (code) => code << 16);
  const floats = new Float32Array(bits.buffer);
  return Array.from({ length: codes.length / m }, (_, row) => [...floats.subarray(row * m, (row + 1) * m)]);
}
