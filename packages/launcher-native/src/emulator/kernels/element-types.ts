import type { Dtype } from '@gemm-preflight/types';
import { type CodeArray, decodeTable, encodeInto, type FloatFormatName } from '../number-formats.js';
import type { EmulatedTensorMap } from '../tensor-map.js';

/** Reads `count` elements from `bytes`, starting at byte `from`, to `values`, starting at index `to`. */
export type ReadElements = (
  bytes: Uint8Array,
  from: number,
  count: number,
  values: Float32Array,
  to: number,
) => void;

/** A type of matrix elements that the emulator can compute with. */
export interface ElementType {
  readonly bytes: number;
  /** The type under which a tensor map carries it. */
  readonly mapDtype: EmulatedTensorMap['dtype'];
  readonly read: ReadElements;
  /** The elements as they lie in memory, each rounded from float32. */
  readonly encode: (values: Float32Array) => Uint8Array;
}

function readByTable8(table: Float32Array): ReadElements {
  return (bytes, from, count, values, to) => {
    for (let i = 0; i < count; i++) values[to + i] = table[bytes[from + i] ?? 0] ?? 0;
  };
}

function readByTable16(table: Float32Array): ReadElements {
  return (bytes, from, count, values, to) => {
    for (let i = 0; i < count; i++) {
      const at = from + 2 * i;
      values[to + i] = table[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
    }
  };
}

function readFloat32(bytes: Uint8Array, from: number, count: number, values: Float32Array, to: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, count * 4);
  for (let i = 0; i < count; i++) values[to + i] = view.getFloat32(i * 4, true);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | CodeArray<FloatFormatName>): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const types: { readonly [D in Dtype]?: () => ElementType } = {
  E4m3: () => ({
    bytes: 1,
    mapDtype: 'UINT8',
    read: readByTable8(decodeTable('E4m3')),
    encode: (values) => {
      const codes = new Uint8Array(values.length);
      encodeInto('E4m3', values, codes);
      return codes;
    },
  }),
  Fp16: () => sixteenBits('Fp16', 'FLOAT16'),
  Bfloat16: () => sixteenBits('Bfloat16', 'BFLOAT16'),
  Fp32: () => ({ bytes: 4, mapDtype: 'FLOAT32', read: readFloat32, encode: bytesOf }),
};

function sixteenBits(format: 'Fp16' | 'Bfloat16', mapDtype: EmulatedTensorMap['dtype']): ElementType {
  return {
    bytes: 2,
    mapDtype,
    read: readByTable16(decodeTable(format)),
    encode: (values) => {
      const codes = new Uint16Array(values.length);
      encodeInto(format, values, codes);
      return bytesOf(codes);
    },
  };
}

/** The types that a tensor map can carry and the emulator computes with: E4m3, Fp16, Bfloat16, Fp32. Others: undefined. */
export function elementType(dtype: Dtype): ElementType | undefined {
  return types[dtype]?.();
}
