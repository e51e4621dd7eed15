import { type Dtype, dtypeBits, dtypeNames } from './dtype.js';

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

const blockScaled: readonly Dtype[] = ['E0m3', 'E2m1', 'E2m3', 'E3m2', 'MxE2m1'];
const signedIntegers: readonly Dtype[] = ['Int8', 'Int32', 'Int64'];
const unsignedIntegers: readonly Dtype[] = ['Bool', 'UInt8', 'UInt16', 'UInt32', 'UInt64', 'UInt128'];
const unsigned: readonly Dtype[] = [...unsignedIntegers, 'UE8m0'];

/** Every data type, indexed by its `uid`. */
export const dtypes: readonly DtypeInfo[] = dtypeNames.map((name, uid) => ({
  name,
  uid,
  bits: dtypeBits(name),
  blockScaled: blockScaled.includes(name),
  signed: !unsigned.includes(name),
  integer: signedIntegers.includes(name) || unsignedIntegers.includes(name),
}));

/**
 * Looks a data type up by name.
 * @throws {RangeError} when there is no such type.
 */
export function dtypeInfo(name: Dtype): DtypeInfo {
  const info = dtypes[dtypeNames.indexOf(name)];
  if (info === undefined) throw new RangeError(`unknown dtype "${name}"; known are ${dtypeNames.join(', ')}`);
  return info;
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
