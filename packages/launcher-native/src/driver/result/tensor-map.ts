import type { DriverCalls } from '../sys/calls.js';
import {
  tensorMapDataTypes,
  tensorMapInterleaves,
  tensorMapL2Promotions,
  tensorMapLayout,
  tensorMapOobFills,
  tensorMapSwizzles,
} from '../sys/cuda-abi.js';
import { fail } from './error.js';

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

/** More than the rank 5 that drivers take: what lies behind a map's own numbers is zero, and nobody reads past an array's end. */
const maxArguments = 8;

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
    write64(map.globalDim, dims),
    write64(map.globalStrides, strides),
    write32(map.boxDim, box),
    write32(map.elementStrides, steps),
    tensorMapInterleaves[map.interleave ?? 'NONE'],
    tensorMapSwizzles[map.swizzle],
    tensorMapL2Promotions[map.l2Promotion ?? 'L2_128B'],
    tensorMapOobFills[map.oobFill ?? 'NONE'],
  );
  if (code !== 0) fail(calls, code, 'cuTensorMapEncodeTiled', { ...map });
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
    if (code !== 0) fail(calls, code, 'cuTensorMapReplaceAddress', { globalAddress });
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
  const { globalAddress, globalDim, globalStrides, boxDim, elementStrides } = map;
  if (BigInt.asUintN(64, globalAddress) !== globalAddress) {
    throw new RangeError(`A tensor map's globalAddress takes 64 bits, not 0x${globalAddress.toString(16)}.`);
  }
  checkEach('globalDim', globalDim, Number.MAX_SAFE_INTEGER);
  checkEach('globalStrides', globalStrides, Number.MAX_SAFE_INTEGER);
  checkEach('boxDim', boxDim, 0xffff_ffff);
  checkEach('elementStrides', elementStrides, 0xffff_ffff);
}

function checkEach(field: string, values: readonly number[], limit: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isInteger(value) || value < 0 || value > limit) {
      throw new RangeError(`A tensor map's ${field} takes whole numbers from 0 to ${limit}, not ${value}.`);
    }
  }
}

// Encoding ends before the call returns, so all maps can share these.
const dims = new BigUint64Array(maxArguments);
const strides = new BigUint64Array(maxArguments);
const box = new Uint32Array(maxArguments);
const steps = new Uint32Array(maxArguments);

function write64(values: readonly number[], array: BigUint64Array): BigUint64Array {
  for (let i = 0; i < values.length; i++) array[i] = BigInt(values[i] as number);
  return array.fill(0n, values.length);
}

function write32(values: readonly number[], array: Uint32Array): Uint32Array {
  for (let i = 0; i < values.length; i++) array[i] = values[i] as number;
  return array.fill(0, values.length);
}
