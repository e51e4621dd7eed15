import type { DriverCalls } from '../sys/calls.js';
import {
  tensorMapDataTypes,
  tensorMapInterleaves,
  tensorMapL2Promotions,
  tensorMapLayout,
  tensorMapOobFills,
  tensorMapSwizzles,
} from '../sys/cuda-abi.js';
import { CudaError, check } from './error.js';

/** Element type by the driver's name, without `CU_TENSOR_MAP_DATA_TYPE_`. */
export type TensorMapDataType = keyof typeof tensorMapDataTypes;

/** The arguments of `cuTensorMapEncodeTiled` by name. Enumerators are the driver's, without their prefix. */
export interface TiledTensorMap {
  readonly dtype: TensorMapDataType;
  readonly globalAddress: bigint;
  /** Extents in elements, contiguous dimension first; as many as the rank. */
  readonly globalDim: readonly number[];
  /** Bytes between neighbours of each dimension but the first; one less than the rank. */
  readonly globalStrides: readonly number[];
  /** Elements that one copy moves along each dimension. */
  readonly boxDim: readonly number[];
  readonly elementStrides: readonly number[];
  readonly swizzle: keyof typeof tensorMapSwizzles;
  /** Default `NONE`. */
  readonly interleave?: keyof typeof tensorMapInterleaves;
  /** Default `L2_128B`. */
  readonly l2Promotion?: keyof typeof tensorMapL2Promotions;
  /** Default `NONE`, which fills zeros. */
  readonly oobFill?: keyof typeof tensorMapOobFills;
}

/** The longest arrays that the driver reads; shorter ones are padded, so that it never reads past an array's end. */
const maxRank = 5;

/**
 * Encodes a tensor map into 128 bytes at the start of `target`.
 *
 * @throws RangeError when the arrays' lengths do not agree, or a value is no whole number and so cannot reach the driver
 * @throws CudaError `CUDA_ERROR_INVALID_VALUE` when the driver refuses the map
 */
export function encodeTiled(calls: DriverCalls, map: TiledTensorMap, target: Uint8Array): void {
  checkLengths(map, target);
  checkIntegers(map);
  const code = calls.cuTensorMapEncodeTiled(
    target,
    tensorMapDataTypes[map.dtype],
    map.globalDim.length,
    map.globalAddress,
    padded64(map.globalDim),
    padded64(map.globalStrides),
    padded32(map.boxDim),
    padded32(map.elementStrides),
    tensorMapInterleaves[map.interleave ?? 'NONE'],
    tensorMapSwizzles[map.swizzle],
    tensorMapL2Promotions[map.l2Promotion ?? 'L2_128B'],
    tensorMapOobFills[map.oobFill ?? 'NONE'],
  );
  check(calls, code, 'cuTensorMapEncodeTiled', { ...map });
}

/**
 * Resolves once where an encoded map lies, to give it other addresses.
 *
 * @param tensorMap 128 bytes of `allocateParams`, at a multiple of 64 from its start
 * @returns a function that replaces the address, or throws `CudaError` `CUDA_ERROR_INVALID_VALUE` when it is badly aligned
 */
export function prepareReplaceAddress(calls: DriverCalls, tensorMap: Uint8Array): (address: bigint) => void {
  const replace = calls.prepareTensorMapReplaceAddress(tensorMap);
  return (globalAddress) => {
    const code = replace(globalAddress);
    if (code !== 0) throw new CudaError(calls, code, 'cuTensorMapReplaceAddress', { globalAddress });
  };
}

function checkLengths(map: TiledTensorMap, target: Uint8Array): void {
  const rank = map.globalDim.length;
  const { globalStrides, boxDim, elementStrides } = map;
  if (
    globalStrides.length !== Math.max(rank - 1, 0) ||
    boxDim.length !== rank ||
    elementStrides.length !== rank
  ) {
    throw new RangeError(
      `A tensor map of ${rank} dimensions has ${rank - 1} strides, ${rank} box extents and ${rank} element strides, ` +
        `not ${globalStrides.length}, ${boxDim.length} and ${elementStrides.length}.`,
    );
  }
  if (target.byteLength < tensorMapLayout.bytes) {
    throw new RangeError(
      `A tensor map has ${tensorMapLayout.bytes} bytes; the target has ${target.byteLength}.`,
    );
  }
}

/** Typed arrays and the FFI would wrap or round silently what does not fit. */
function checkIntegers(map: TiledTensorMap): void {
  if (BigInt.asUintN(64, map.globalAddress) !== map.globalAddress) {
    throw new RangeError(
      `A tensor map's globalAddress takes 64 bits, not 0x${map.globalAddress.toString(16)}.`,
    );
  }
  for (const field of ['globalDim', 'globalStrides', 'boxDim', 'elementStrides'] as const) {
    const limit = field.startsWith('global') ? Number.MAX_SAFE_INTEGER : 0xffff_ffff;
    const wrong = map[field].find((value) => !Number.isInteger(value) || value < 0 || value > limit);
    if (wrong !== undefined) {
      throw new RangeError(`A tensor map's ${field} takes whole numbers from 0 to ${limit}, not ${wrong}.`);
    }
  }
}

function padded64(values: readonly number[]): BigUint64Array {
  const array = new BigUint64Array(Math.max(values.length, maxRank));
  values.forEach((value, i) => {
    array[i] = BigInt(value);
  });
  return array;
}

function padded32(values: readonly number[]): Uint32Array {
  const array = new Uint32Array(Math.max(values.length, maxRank));
  array.set(values);
  return array;
}
