import { cudaAbi, type DriverCalls } from '../driver/sys/index.js';
import type { EmulatedContext } from './context.js';
import type { EmulatedGpu } from './gpu.js';

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
  | 'cuMemcpyDtoDAsync_v2'
  | 'cuMemcpyPeer'
  | 'cuMemcpyPeerAsync'
  | 'cuMemHostRegister_v2'
  | 'cuMemHostUnregister'
  | 'viewHostMemory'
>;

/** Allocations and copies. Asynchronous ones are done at once, which a stream allows. */
export function memoryCalls(gpu: EmulatedGpu): MemoryCalls {
  const hostMemory = new Map<bigint, Uint8Array>();
  const registered = new Set<Uint8Array>();

  function copyPeer(places: PeerPlaces, stream: bigint): number {
    const [target, targetContext, source, sourceContext, bytes] = places;
    const [to, from] = [gpu.findContext(targetContext), gpu.findContext(sourceContext)];
    if (to === undefined || from === undefined) return resultCodes.CUDA_ERROR_INVALID_CONTEXT;
    return gpu.enqueue(stream, () => copy(to.memory.find(target, bytes), from.memory.find(source, bytes)));
  }

  return {
    cuMemGetInfo_v2: (freeBytes, totalBytes) =>
      gpu.inContext(({ memory }) => {
        freeBytes[0] = BigInt(memory.freeBytes);
        totalBytes[0] = BigInt(memory.capacityBytes);
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemAlloc_v2: (address, bytes) =>
      gpu.outsideCapture(({ memory }) => {
        if (!(bytes > 0)) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const start = memory.allocate(bytes);
        if (start === undefined) return resultCodes.CUDA_ERROR_OUT_OF_MEMORY;
        address[0] = start;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemFree_v2: (address) =>
      gpu.outsideCapture(({ memory }) => {
        for (const pool of gpu.pools.values()) pool.noteFree(address);
        return memory.free(address) ? resultCodes.CUDA_SUCCESS : resultCodes.CUDA_ERROR_INVALID_VALUE;
      }),

    cuMemAllocHost_v2: (hostAddress, bytes) =>
      gpu.outsideCapture(() => {
        if (!(bytes > 0)) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const address = gpu.newHandle();
        hostMemory.set(address, new Uint8Array(bytes));
        hostAddress[0] = address;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemFreeHost: (hostAddress) =>
      gpu.outsideCapture(() =>
        hostMemory.delete(hostAddress) ? resultCodes.CUDA_SUCCESS : resultCodes.CUDA_ERROR_INVALID_VALUE,
      ),
    viewHostMemory(hostAddress, bytes) {
      const found = hostMemory.get(hostAddress);
      if (found === undefined || found.byteLength < bytes) {
        throw new RangeError(`There are no ${bytes} bytes of host memory at 0x${hostAddress.toString(16)}.`);
      }
      return found.subarray(0, bytes);
    },

    cuMemHostRegister_v2: (memory, bytes) =>
      gpu.outsideCapture(() => {
        if (!(bytes > 0)) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        if (registered.has(memory)) return resultCodes.CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
        registered.add(memory);
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemHostUnregister: (memory) =>
      gpu.outsideCapture(() =>
        registered.delete(memory)
          ? resultCodes.CUDA_SUCCESS
          : resultCodes.CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED,
      ),

    cuMemcpyHtoD_v2: (target, source, bytes) =>
      gpu.enqueue(0n, (context) => copyIn(context, target, source, bytes)),
    cuMemcpyDtoH_v2: (target, source, bytes) =>
      gpu.enqueue(0n, (context) => copyOut(context, target, source, bytes)),
    cuMemcpyHtoDAsync_v2: (target, source, bytes, stream) =>
      gpu.enqueue(stream, (context) => copyIn(context, target, source, bytes)),
    cuMemcpyDtoHAsync_v2: (target, source, bytes, stream) =>
      gpu.enqueue(stream, (context) => copyOut(context, target, source, bytes)),
    cuMemcpyDtoD_v2: (target, source, bytes) =>
      gpu.enqueue(0n, (context) => copyWithin(context, target, source, bytes)),
    cuMemcpyDtoDAsync_v2: (target, source, bytes, stream) =>
      gpu.enqueue(stream, (context) => copyWithin(context, target, source, bytes)),
    cuMemcpyPeer: (...places) => copyPeer(places, 0n),
    cuMemcpyPeerAsync: (target, targetContext, source, sourceContext, bytes, stream) =>
      copyPeer([target, targetContext, source, sourceContext, bytes], stream),
    cuMemsetD8_v2: (target, value, bytes) =>
      gpu.enqueue(0n, (context) => fill(context, target, value, bytes)),
    cuMemsetD8Async: (target, value, bytes, stream) =>
      gpu.enqueue(stream, (context) => fill(context, target, value, bytes)),
  };
}

/** The arguments of `cuMemcpyPeer`. */
type PeerPlaces = Parameters<DriverCalls['cuMemcpyPeer']>;

function copyIn(context: EmulatedContext, target: bigint, source: Uint8Array, bytes: number): number {
  return copy(context.find(target, bytes), hostBytes(source, bytes));
}

function copyOut(context: EmulatedContext, target: Uint8Array, source: bigint, bytes: number): number {
  return copy(hostBytes(target, bytes), context.find(source, bytes));
}

function copyWithin(context: EmulatedContext, target: bigint, source: bigint, bytes: number): number {
  return copy(context.find(target, bytes), context.find(source, bytes));
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

function fill(context: EmulatedContext, target: bigint, value: number, bytes: number): number {
  const found = context.find(target, bytes);
  if (found === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
  found.fill(value);
  return resultCodes.CUDA_SUCCESS;
}
