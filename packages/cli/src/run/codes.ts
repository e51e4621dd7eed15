import { numberFormats } from '@gemm-preflight/launcher-native';
import type { Dtype } from '@gemm-preflight/types';

/** The types that data can be drawn for. */
export const codedDtypes = ['E4m3', 'Bfloat16', 'Fp16'] as const;
export type CodedDtype = (typeof codedDtypes)[number];

/** Codes of elements as they lie in memory: bytes of E4m3, words of the 16-bit types. */
export type Codes = Uint8Array | Uint16Array;

/** Whether data can be drawn for a type. */
export function isCoded(dtype: Dtype): dtype is CodedDtype {
  return (codedDtypes as readonly Dtype[]).includes(dtype);
}

/** Room for codes of a type. */
export function codesOf(dtype: CodedDtype, length: number): Codes {
  return dtype === 'E4m3' ? new Uint8Array(length) : new Uint16Array(length);
}

/**
 * Encodes values, rounding to nearest even.
 * @throws {RangeError} when the arrays differ in length
 */
export function encodeAll(dtype: CodedDtype, values: Float32Array, codes: Codes): void {
  numberFormats.encodeInto(dtype, values, codes);
}

/** The bytes of codes or floats, not a copy. */
export function bytesOf({ buffer, byteOffset, byteLength }: Codes | Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
