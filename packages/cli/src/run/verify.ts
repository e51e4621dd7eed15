import type { CodedDtype } from './codes.js';
import { largestOf, scaleBlock } from './quantise.js';

/** How an output compares with its reference. */
export interface Verification {
  readonly ok: boolean;
  /** ‖out − ref‖ / ‖ref‖ over all tokens, Frobenius norms. */
  readonly relativeError: number;
  /** The largest relative error that passes. */
  readonly tolerance: number;
  /** What else is wrong, a line each: values that are not numbers, padding rows that are not zero. */
  readonly faults: readonly string[];
}

/** Where tokens lie in the padded output. */
export interface PaddedRows {
  readonly tokensPerBatch: readonly number[];
  /** First padded row of each batch. */
  readonly tokenOffsets: readonly number[];
  readonly rows: number;
  readonly columns: number;
}

/** What the order of summation may add to the error of rounding. */
const summationTolerance = 1e-3;

/**
 * The largest relative error that passes for an output of a type: with n significant bits, rounding moves a value by at most
 * 2^-n of it.
 */
export const tolerances: Readonly<Record<CodedDtype, number>> = {
  E4m3: 2 ** -4 + summationTolerance,
  Bfloat16: 2 ** -8 + summationTolerance,
  Fp16: 2 ** -11 + summationTolerance,
};

/** By how much an output scale may be off: it follows from one sum, which is not rounded before. */
export const scaleTolerance = 4e-3;

/** Holds a padded output [rows, columns] against a reference without padding. */
export function verify(
  out: Float32Array,
  reference: Float32Array,
  { tokensPerBatch, tokenOffsets, rows, columns }: PaddedRows,
  tolerance: number,
): Verification {
  let errorSquares = 0;
  let squares = 0;
  let notNumbers = 0;
  const isToken = new Uint8Array(rows);
  let token = 0;
  for (const [batch, count] of tokensPerBatch.entries()) {
    for (let i = 0; i < count; i++, token++) {
      const padded = (tokenOffsets[batch] ?? 0) + i;
      isToken[padded] = 1;
      for (let c = 0; c < columns; c++) {
        const value = out[padded * columns + c] ?? Number.NaN;
        const expected = reference[token * columns + c] ?? Number.NaN;
        if (Number.isNaN(value)) notNumbers++;
        errorSquares += (value - expected) ** 2;
        squares += expected ** 2;
      }
    }
  }
  const relativeError = Math.sqrt(errorSquares / squares);
  const dirty = countDirty(out, isToken, columns);
  const faults = [
    ...(notNumbers > 0
      ? [`${notNumbers} outputs are not numbers: they were never written, or computed from garbage`]
      : []),
    ...(dirty > 0 ? [`${dirty} padding rows are not zero`] : []),
  ];
  // The comparison is false for NaN, which therefore never passes.
  return { ok: faults.length === 0 && relativeError <= tolerance, relativeError, tolerance, faults };
}

/**
 * Holds the scales of an E4m3 output against a reference: the largest of each token's 128 channels is 448 times its scale, and scales of
 * padding are 1.
 * @param scales [padded rows, columns / 128]
 * @returns what is wrong, a line each
 */
export function verifyScales(
  scales: Float32Array,
  reference: Float32Array,
  { tokensPerBatch, tokenOffsets, rows, columns }: PaddedRows,
): readonly string[] {
  const blocks = columns / scaleBlock;
  const isToken = new Uint8Array(rows);
  let wrong = 0;
  let token = 0;
  for (const [batch, count] of tokensPerBatch.entries()) {
    for (let i = 0; i < count; i++, token++) {
      const row = (tokenOffsets[batch] ?? 0) + i;
      isToken[row] = 1;
      for (let block = 0; block < blocks; block++) {
        const at = token * columns + block * scaleBlock;
        const expected = largestOf(reference.subarray(at, at + scaleBlock)) / 448 || 1;
        const isClose =
          Math.abs((scales[row * blocks + block] ?? Number.NaN) / expected - 1) <= scaleTolerance;
        if (!isClose) wrong++;
      }
    }
  }
  const padding = Array.from(isToken.entries()).filter(
    ([row, used]) =>
      used === 0 && scales.subarray(row * blocks, (row + 1) * blocks).some((scale) => scale !== 1),
  ).length;
  return [
    ...(wrong > 0 ? [`${wrong} output scales are not those of their 128 channels`] : []),
    ...(padding > 0 ? [`${padding} padding rows have output scales other than 1`] : []),
  ];
}

function countDirty(out: Float32Array, isToken: Uint8Array, columns: number): number {
  let dirty = 0;
  for (const [row, used] of isToken.entries()) {
    if (used === 0 && out.subarray(row * columns, (row + 1) * columns).some((value) => value !== 0)) dirty++;
  }
  return dirty;
}
