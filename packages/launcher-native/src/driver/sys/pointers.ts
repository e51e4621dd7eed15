import type { DriverCalls } from './calls.js';
import { launchAttributeLayout, launchConfigLayout, tensorMapLayout } from './cuda-abi.js';
import type { NativeLibrary } from './native.js';
import { signatures } from './signatures.js';
import { setLaunchAttributes } from './structs.js';

/** The calls whose pointers need care: launches, tensor maps, and host memory with an address. */
type PointerCalls = Pick<
  DriverCalls,
  | 'prepareLaunchKernelEx'
  | 'prepareTensorMapReplaceAddress'
  | 'allocateParams'
  | 'allocateHostPages'
  | 'viewHostMemory'
  | 'cuTensorMapEncodeTiled'
>;

/** What the driver asks of a tensor map's own address, in bytes (driver API, cuTensorMapEncodeTiled). */
const mapAlignment = 64n;

/** The largest pages that Linux is built with: 4 KiB on x86-64, up to 64 KiB on Arm. */
const maxPageBytes = 65_536;

/** Implements the calls that deal in raw addresses. */
export function pointerCalls(native: NativeLibrary): PointerCalls {
  type Launch = (config: bigint, func: bigint, kernelParams: bigint, extra: bigint) => number;
  let launchKernelEx: Launch | undefined;
  let encode: ReturnType<typeof prepareEncode> | undefined;
  let replaceAddress: ((map: bigint, address: bigint) => number) | undefined;

  function allocateAligned(bytes: number, alignment: number): Uint8Array {
    const whole = new Uint8Array(bytes + alignment);
    const misalignment = Number(native.addressOf(whole) % BigInt(alignment));
    return whole.subarray(alignment - misalignment).subarray(0, bytes);
  }

  return {
    allocateParams: (bytes) => allocateAligned(bytes, tensorMapLayout.alignment),
    allocateHostPages: (bytes) =>
      allocateAligned(Math.ceil(bytes / maxPageBytes) * maxPageBytes, maxPageBytes).subarray(0, bytes),
    viewHostMemory: (address, bytes) => native.view(address, bytes),

    prepareLaunchKernelEx(config, attributes, func, params) {
      if (config.byteLength !== launchConfigLayout.bytes) {
        throw new RangeError(
          `A CUlaunchConfig has ${launchConfigLayout.bytes} bytes, not ${config.byteLength}.`,
        );
      }
      if (attributes.byteLength % launchAttributeLayout.bytes !== 0) {
        throw new RangeError(
          `Launch attributes have ${launchAttributeLayout.bytes} bytes each, and ${attributes.byteLength} is no multiple of that.`,
        );
      }
      launchKernelEx ??= native.bind('cuLaunchKernelEx', ['uint64', 'uint64', 'uint64', 'uint64']);
      const launch = launchKernelEx;
      const count = attributes.byteLength / launchAttributeLayout.bytes;
      setLaunchAttributes(config, { address: count === 0 ? 0n : native.addressOf(attributes), count });

      const kernelParams = new BigUint64Array([native.addressOf(params)]);
      // A closure over addresses alone would keep no array alive: it closes over this object, which does.
      const call = {
        configAddress: native.addressOf(config),
        kernelParamsAddress: native.addressOf(kernelParams),
        keepsAlive: [config, attributes, params, kernelParams],
      };
      return () => launch(call.configAddress, func, call.kernelParamsAddress, 0n);
    },

    prepareTensorMapReplaceAddress(tensorMap) {
      const at = native.addressOf(tensorMap);
      if (tensorMap.byteLength !== tensorMapLayout.bytes || at % mapAlignment !== 0n) {
        throw new RangeError(
          `A tensor map has ${tensorMapLayout.bytes} bytes at a multiple of ${mapAlignment}, not ${tensorMap.byteLength} at 0x${at.toString(16)}.`,
        );
      }
      replaceAddress ??= native.bind('cuTensorMapReplaceAddress', ['uint64', 'uint64']);
      const replace = replaceAddress;
      // As for launches, the closure holds an object that keeps the bytes alive.
      const call = { at, keepsAlive: tensorMap };
      return (globalAddress) => replace(call.at, globalAddress);
    },

    cuTensorMapEncodeTiled(tensorMap, ...rest) {
      encode ??= prepareEncode(native, allocateAligned);
      return encode(tensorMap, ...rest);
    },
  };
}

/** Room for more dimensions than drivers take. */
const maxDimensions = 8;

/**
 * Encodes through memory whose addresses are known: to look an array's address up takes koffi longer than to copy five numbers,
 * and a map has to be aligned while the driver writes it.
 */
function prepareEncode(
  native: NativeLibrary,
  allocateAligned: (bytes: number, alignment: number) => Uint8Array,
): DriverCalls['cuTensorMapEncodeTiled'] {
  const parameters = signatures.cuTensorMapEncodeTiled.map((type) => (type === 'void *' ? 'uint64' : type));
  const encode = native.bind('cuTensorMapEncodeTiled', parameters);
  const { alignment, bytes } = tensorMapLayout;
  const [wideBytes, narrowBytes] = [8 * maxDimensions, 4 * maxDimensions];
  const scratch = allocateAligned(bytes + 2 * wideBytes + 2 * narrowBytes, alignment);
  const base = native.addressOf(scratch);
  const map = scratch.subarray(0, bytes);
  const wide = (at: number) => new BigUint64Array(scratch.buffer, scratch.byteOffset + at, maxDimensions);
  const narrow = (at: number) => new Uint32Array(scratch.buffer, scratch.byteOffset + at, maxDimensions);
  const places = {
    dims: bytes,
    strides: bytes + wideBytes,
    box: bytes + 2 * wideBytes,
    steps: bytes + 2 * wideBytes + narrowBytes,
  };
  const dims = wide(places.dims);
  const strides = wide(places.strides);
  const box = narrow(places.box);
  const steps = narrow(places.steps);
  const addressAt = (place: number) => base + BigInt(place);
  const [atDims, atStrides] = [addressAt(places.dims), addressAt(places.strides)];
  const [atBox, atSteps] = [addressAt(places.box), addressAt(places.steps)];

  return (target, dataType, rank, address, globalDim, globalStrides, boxDim, elementStrides, ...modes) => {
    copy64(globalDim, dims);
    copy64(globalStrides, strides);
    copy32(boxDim, box);
    copy32(elementStrides, steps);
    const [interleave, swizzle, promotion, fill] = modes;
    const code = encode(
      base,
      dataType,
      rank,
      address,
      atDims,
      atStrides,
      atBox,
      atSteps,
      interleave,
      swizzle,
      promotion,
      fill,
    );
    if (code === 0) target.set(map);
    return code;
  };
}

/** What is missing at the end is zero. */
function copy64(from: BigUint64Array, to: BigUint64Array): void {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from);
  if (from.length < to.length) to.fill(0n, from.length);
}

function copy32(from: Uint32Array, to: Uint32Array): void {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from);
  if (from.length < to.length) to.fill(0, from.length);
}
