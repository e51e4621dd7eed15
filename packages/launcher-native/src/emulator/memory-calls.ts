import { cudaAbi, type DriverCalls } from '../driver/sys/index.js';
import type { EmulatedContext, EmulatedGpu } from './gpu.js';

const { resultCodes } = cudaAbi;

type MemoryCalls = Pick<
  DriverCalls,
  | 'cuMemGetInfo_v2'
  | 'cuMemAlloc_v2'
  | 'cuMemFree_v2'
  | 'cuMemAllocHost_v2'
  | 'cuMemFreeHost'
  | 'cuMemcpyHtoD_v2'
  | 'cuMemcpyDtoH_v2'
  | 'cuMemcpyDtoD_v2'
  | 'cuMemcpyHtoDAsync_v2'
  | 'cuMemcpyDtoHAsync_v2'
  | 'cuMemsetD8_v2'
  | 'cuMemsetD8Async'
  | 'viewHostMemory'
>;

/** Allocations and copies. Asynchronous ones are done at once, which a stream allows. */
export function memoryCalls(gpu: EmulatedGpu): MemoryCalls {
  const hostMemory = new Map<bigint, Uint8Array>();

  /** Runs a copy in a stream of the current context. */
  function inStream(stream: bigint, body: (context: EmulatedContext) => number): number {
    return gpu.inContext((context) =>
      context.hasStream(stream) ? body(context) : resultCodes.CUDA_ERROR_INVALID_HANDLE,
    );
  }

  return {
    cuMemGetInfo_v2: (freeBytes, totalBytes) =>
      gpu.inContext(({ memory }) => {
        freeBytes[0] = BigInt(memory.freeBytes);
        totalBytes[0] = BigInt(memory.capacityBytes);
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemAlloc_v2: (address, bytes) =>
      gpu.inContext(({ memory }) => {
        if (!(bytes > 0)) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const start = memory.allocate(bytes);
        if (start === undefined) return resultCodes.CUDA_ERROR_OUT_OF_MEMORY;
        address[0] = start;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemFree_v2: (address) =>
      gpu.inContext(({ memory }) =>
        memory.free(address) ? resultCodes.CUDA_SUCCESS : resultCodes.CUDA_ERROR_INVALID_VALUE,
      ),

    cuMemAllocHost_v2: (hostAddress, bytes) =>
      gpu.inContext(() => {
        if (!(bytes > 0)) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const address = gpu.newHandle();
        hostMemory.set(address, new Uint8Array(bytes));
        hostAddress[0] = address;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemFreeHost: (hostAddress) =>
      gpu.inContext(() =>
        hostMemory.delete(hostAddress) ? resultCodes.CUDA_SUCCESS : resultCodes.CUDA_ERROR_INVALID_VALUE,
      ),
    viewHostMemory(hostAddress, bytes) {
      const found = hostMemory.get(hostAddress);
      if (found === undefined || found.byteLength < bytes) {
        throw new RangeError(`There are no ${bytes} bytes of host memory at 0x${hostAddress.toString(16)}.`);
      }
      return found.subarray(0, bytes);
    },

    cuMemcpyHtoD_v2: (target, source, bytes) =>
      inStream(0n, (context) => copyIn(context, target, source, bytes)),
    cuMemcpyDtoH_v2: (target, source, bytes) =>
      inStream(0n, (context) => copyOut(context, target, source, bytes)),
    cuMemcpyHtoDAsync_v2: (target, source, bytes, stream) =>
      inStream(stream, (context) => copyIn(context, target, source, bytes)),
    cuMemcpyDtoHAsync_v2: (target, source, bytes, stream) =>
      inStream(stream, (context) => copyOut(context, target, source, bytes)),
    cuMemcpyDtoD_v2: (target, source, bytes) =>
      inStream(0n, ({ memory }) => copy(memory.find(target, bytes), memory.find(source, bytes))),
    cuMemsetD8_v2: (target, value, bytes) => inStream(0n, (context) => fill(context, target, value, bytes)),
    cuMemsetD8Async: (target, value, bytes, stream) =>
      inStream(stream, (context) => fill(context, target, value, bytes)),
  };
}

function copyIn({ memory }: EmulatedContext, target: bigint, source: Uint8Array, bytes: number): number {
  return copy(memory.find(target, bytes), hostBytes(source, bytes));
}

function copyOut({ memory }: EmulatedContext, target: Uint8Array, source: bigint, bytes: number): number {
  return copy(hostBytes(target, bytes), memory.find(source, bytes));
}

/** The driver cannot know how long host memory is; the emulator can, and refuses to run past its end. */
function hostBytes(memory: Uint8Array, bytes: number): Uint8Array | undefined {
  return bytes <= memory.byteLength ? memory.subarray(0, bytes) : undefined;
}

function copy(target: Uint8Array | undefined, source: Uint8Array | undefined): number {
  if (target === undefined || source === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
  target.set(source);
  return resultCodes.CUDA_SUCCESS;
}

function fill({ memory }: EmulatedContext, target: bigint, value: number, bytes: number): number {
  const found = memory.find(target, bytes);
  if (found === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
  found.fill(value);
  return resultCodes.CUDA_SUCCESS;
}
