import { cudaAbi } from '../driver/sys/index.js';

const { tensorMapDataTypes, tensorMapInterleaves, tensorMapL2Promotions, tensorMapLayout } = cudaAbi;
const { tensorMapOobFills, tensorMapSwizzles } = cudaAbi;

/** The arguments of the `cuTensorMapEncodeTiled` call that made a map. Enumerators are the driver's, without their prefix. */
export interface EmulatedTensorMap {
  readonly dtype: keyof typeof tensorMapDataTypes;
  readonly globalAddress: bigint;
  /** Extents in elements, contiguous dimension first; as many as the rank. */
  readonly globalDim: readonly number[];
  /** Bytes between neighbours of each dimension but the first; one less than the rank. */
  readonly globalStrides: readonly number[];
  /** Elements that one copy moves along each dimension. */
  readonly boxDim: readonly number[];
  readonly elementStrides: readonly number[];
  readonly interleave: keyof typeof tensorMapInterleaves;
  readonly swizzle: keyof typeof tensorMapSwizzles;
  readonly l2Promotion: keyof typeof tensorMapL2Promotions;
  readonly oobFill: keyof typeof tensorMapOobFills;
}

/**
 * The emulator's own 128 bytes; NVIDIA's are secret. Offsets, little endian; arrays have room for 5 dimensions.
 */
const layout = {
  magic: 0,
  dtype: 8,
  rank: 9,
  interleave: 10,
  swizzle: 11,
  l2Promotion: 12,
  oobFill: 13,
  /** u8 each. */
  elementStrides: 14,
  /** u16 each. */
  boxDim: 20,
  globalAddress: 32,
  /** u32 each, less 1: a dimension may be 2^32. */
  globalDim: 40,
  /** u64 each. */
  globalStrides: 64,
} as const;

/** "PREFLTMA" */
const magic = 0x414d_544c_4645_5250n;

/** The name of an enumerator, by its number. */
export function enumeratorName<Table extends Readonly<Record<string, number>>>(
  table: Table,
  value: number,
): keyof Table | undefined {
  return Object.keys(table).find((name) => table[name] === value);
}

/** Packs a valid map into 128 bytes. */
export function packTensorMap(map: EmulatedTensorMap): Uint8Array {
  const bytes = new Uint8Array(tensorMapLayout.bytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(layout.magic, magic, true);
  view.setUint8(layout.dtype, tensorMapDataTypes[map.dtype]);
  view.setUint8(layout.rank, map.globalDim.length);
  view.setUint8(layout.interleave, tensorMapInterleaves[map.interleave]);
  view.setUint8(layout.swizzle, tensorMapSwizzles[map.swizzle]);
  view.setUint8(layout.l2Promotion, tensorMapL2Promotions[map.l2Promotion]);
  view.setUint8(layout.oobFill, tensorMapOobFills[map.oobFill]);
  view.setBigUint64(layout.globalAddress, map.globalAddress, true);
  for (const [i, value] of map.elementStrides.entries()) view.setUint8(layout.elementStrides + i, value);
  for (const [i, value] of map.boxDim.entries()) view.setUint16(layout.boxDim + 2 * i, value, true);
  for (const [i, value] of map.globalDim.entries()) view.setUint32(layout.globalDim + 4 * i, value - 1, true);
  for (const [i, value] of map.globalStrides.entries()) {
    view.setBigUint64(layout.globalStrides + 8 * i, BigInt(value), true);
  }
  return bytes;
}

/**
 * Reads a tensor map that the emulator encoded, out of a kernel's parameters.
 *
 * @param bytes starts with the map's 128 bytes
 * @returns undefined for bytes that the emulator did not write
 */
export function decodeTensorMap(bytes: Uint8Array): EmulatedTensorMap | undefined {
  if (bytes.byteLength < tensorMapLayout.bytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getBigUint64(layout.magic, true) !== magic) return undefined;

  const dtype = enumeratorName(tensorMapDataTypes, view.getUint8(layout.dtype));
  const interleave = enumeratorName(tensorMapInterleaves, view.getUint8(layout.interleave));
  const swizzle = enumeratorName(tensorMapSwizzles, view.getUint8(layout.swizzle));
  const l2Promotion = enumeratorName(tensorMapL2Promotions, view.getUint8(layout.l2Promotion));
  const oobFill = enumeratorName(tensorMapOobFills, view.getUint8(layout.oobFill));
  if (!dtype || !interleave || !swizzle || !l2Promotion || !oobFill) return undefined;

  const rank = view.getUint8(layout.rank);
  const array = (length: number, read: (i: number) => number) => Array.from({ length }, (_, i) => read(i));
  return {
    dtype,
    globalAddress: view.getBigUint64(layout.globalAddress, true),
    globalDim: array(rank, (i) => view.getUint32(layout.globalDim + 4 * i, true) + 1),
    globalStrides: array(rank - 1, (i) => Number(view.getBigUint64(layout.globalStrides + 8 * i, true))),
    boxDim: array(rank, (i) => view.getUint16(layout.boxDim + 2 * i, true)),
    elementStrides: array(rank, (i) => view.getUint8(layout.elementStrides + i)),
    interleave,
    swizzle,
    l2Promotion,
    oobFill,
  };
}
