/**
 * The data types that kernel manifests know, in the manifest's order: the position is the `uid` of the encoding.
 */
const table = [
  // name, bits per element, block-scaled, signed, integer
  ['Bfloat16', 16, false, true, false],
  ['Bool', 1, false, false, true],
  ['E0m3', 4, true, true, false],
  ['E2m1', 4, true, true, false],
  ['E2m3', 6, true, true, false],
  ['E3m2', 6, true, true, false],
  ['E4m3', 8, false, true, false],
  ['E5m2', 8, false, true, false],
  ['Fp16', 16, false, true, false],
  ['Fp32', 32, false, true, false],
  ['Int8', 8, false, true, true],
  ['Int32', 32, false, true, true],
  ['Int64', 64, false, true, true],
  ['MxE2m1', 4, true, true, false],
  ['UE8m0', 8, false, false, false],
  ['UInt8', 8, false, false, true],
  ['UInt16', 16, false, false, true],
  ['UInt32', 32, false, false, true],
  ['UInt64', 64, false, false, true],
  ['UInt128', 128, false, false, true],
  ['Void', 0, false, true, false],
] as const;

/** The name of a data type, as kernel manifests and option files spell it. */
export type Dtype = (typeof table)[number][0];

/** What a data type is. */
export interface DtypeInfo {
  readonly name: Dtype;
  /** Position in the manifest's table, and the low byte of the encoding. */
  readonly uid: number;
  /** Size of one element in bits; 0 for `Void`. */
  readonly bits: number;
  /** Comes with a scale factor per block of elements (the 4- and 6-bit formats). */
  readonly blockScaled: boolean;
  readonly signed: boolean;
  readonly integer: boolean;
}

/** Every data type, indexed by its `uid`. */
export const dtypes: readonly DtypeInfo[] = table.map(([name, bits, blockScaled, signed, integer], uid) => ({
  name,
  uid,
  bits,
  blockScaled,
  signed,
  integer,
}));

/** The names of all data types, in the order of their `uid`. */
export const dtypeNames: readonly Dtype[] = table.map(([name]) => name);

const byName: ReadonlyMap<string, DtypeInfo> = new Map(dtypes.map((info) => [info.name, info]));

/** Whether a value is the name of a data type. */
export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && byName.has(value);
}

/**
 * Looks a data type up by name.
 * @throws {RangeError} when there is no such type.
 */
export function dtypeInfo(name: Dtype): DtypeInfo {
  const info = byName.get(name);
  if (info === undefined) throw new RangeError(`unknown dtype "${name}"; known are ${dtypeNames.join(', ')}`);
  return info;
}

/** Bits of one element of a data type. */
export function dtypeBits(name: Dtype): number {
  return dtypeInfo(name).bits;
}

/**
 * The number that kernel manifests write for a data type:
 * `block << 24 | signed << 20 | integer << 16 | bits << 8 | uid`.
 * @example encodeDtype('E4m3') === 0x00100806
 */
export function encodeDtype(name: Dtype): number {
  const { blockScaled, signed, integer, bits, uid } = dtypeInfo(name);
  return (Number(blockScaled) << 24) | (Number(signed) << 20) | (Number(integer) << 16) | (bits << 8) | uid;
}

/**
 * The data type that a manifest's number stands for.
 * @throws {RangeError} when the number is no encoding of a known type, or its parts contradict each other.
 */
export function decodeDtype(code: number): Dtype {
  const info = dtypes[code & 0xff];
  if (info === undefined || encodeDtype(info.name) !== code) {
    throw new RangeError(`0x${(code >>> 0).toString(16).padStart(8, '0')} encodes no known dtype`);
  }
  return info.name;
}
