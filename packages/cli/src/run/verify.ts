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

/** Rounding to bf16 (8 significant bits) moves a value by at most 2^-8 of it; the rest is for the order of summation. */
export const bfloat16Tolerance = 2 ** -8 + 1e-3;

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

function countDirty(out: Float32Array, isToken: Uint8Array, columns: number): number {
  let dirty = 0;
  for (const [row, used] of isToken.entries()) {
    if (used === 0 && out.subarray(row * columns, (row + 1) * columns).some((value) => value !== 0)) dirty++;
  }
  return dirty;
}
