/** Bits of one element of each data type that kernel manifests know, in the manifest's order: the position is the `uid`. */
const bits = {
  Bfloat16: 16,
  Bool: 1,
  E0m3: 4,
  E2m1: 4,
  E2m3: 6,
  E3m2: 6,
  E4m3: 8,
  E5m2: 8,
  Fp16: 16,
  Fp32: 32,
  Int8: 8,
  Int32: 32,
  Int64: 64,
  MxE2m1: 4,
  UE8m0: 8,
  UInt8: 8,
  UInt16: 16,
  UInt32: 32,
  UInt64: 64,
  UInt128: 128,
  Void: 0,
} as const;

/** The name of a data type, as kernel manifests and option files spell it. */
export type Dtype = keyof typeof bits;

/** The names of all data types, in the order of their `uid`. */
export const dtypeNames = Object.keys(bits) as readonly Dtype[];

/** Whether a value is the name of a data type. */
export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(bits, value);
}

/** Bits of one element of a data type; 0 for `Void`. */
export function dtypeBits(name: Dtype): number {
  return bits[name];
}
