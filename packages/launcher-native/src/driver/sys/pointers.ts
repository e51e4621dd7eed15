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
  let encodeTiled: ((...args: readonly unknown[]) => number) | undefined;
  let replaceAddress: ((map: bigint, address: bigint) => number) | undefined;
  let mapScratch: Uint8Array | undefined;

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
      encodeTiled ??= native.bind('cuTensorMapEncodeTiled', signatures.cuTensorMapEncodeTiled);
      mapScratch ??= allocateAligned(tensorMapLayout.bytes, tensorMapLayout.alignment);
      const code = encodeTiled(mapScratch, ...rest);
      if (code === 0) tensorMap.set(mapScratch);
      return code;
    },
  };
}
