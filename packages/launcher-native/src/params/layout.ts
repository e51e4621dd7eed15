import type { ParamsAbi } from '@gemm-preflight/types';

/** Entries of a CTA table: the most CTAs that a launch can have along the tokens. */
export const ctaTableLength = 2048;

/** What a field of the parameter block holds. All numbers are little-endian. */
export type FieldType = 'tensorMap' | 'pointer' | 'i32' | 'u64' | 'ctaTable';

/** Bytes of a field. */
export const fieldBytes: Readonly<Record<FieldType, number>> = {
  tensorMap: 128,
  pointer: 8,
  i32: 4,
  u64: 8,
  ctaTable: ctaTableLength * 4,
};

/** A field and where it lies, in bytes from the start of the block. */
export interface Field<T extends FieldType = FieldType> {
  readonly type: T;
  readonly offset: number;
}

/** Fields by name. */
export type Fields = Readonly<Record<string, Field>>;

/** A version of the parameter block: what lies where. Bytes that no field covers are zero. */
export interface ParamsLayout<F extends Fields = Fields> {
  readonly abi: ParamsAbi;
  readonly bytes: number;
  readonly fields: F;
}

/** A field of a type at an offset. */
export function at<T extends FieldType>(type: T, offset: number): Field<T> {
  return { type, offset };
}

/** The same fields, each further back. */
export function moved<F extends Fields>(fields: F, bytes: number): F {
  const entries = Object.entries(fields).map(([name, { type, offset }]) => [name, at(type, offset + bytes)]);
  return Object.fromEntries(entries) as F;
}
