import { cudaAbi, type DriverCalls } from '../driver/sys/index.js';
import type { EmulatedGpu } from './gpu.js';
import { EmulatedPool } from './memory-pool.js';

const { memAllocationTypes, memLocationTypes, memPoolPropsLayout: layout, resultCodes } = cudaAbi;

type PoolCalls = Pick<
  DriverCalls,
  | 'cuMemAllocAsync'
  | 'cuMemAllocFromPoolAsync'
  | 'cuMemFreeAsync'
  | 'cuDeviceGetDefaultMemPool'
  | 'cuMemPoolCreate'
  | 'cuMemPoolDestroy'
  | 'cuMemPoolGetAttribute'
  | 'cuMemPoolSetAttribute'
  | 'cuMemPoolTrimTo'
>;

/** Pools, and allocations in the order of streams. Work is done at once, so that these are, too. */
export function poolCalls(gpu: EmulatedGpu): PoolCalls {
  function withPool(handle: bigint, body: (pool: EmulatedPool) => number): number {
    return gpu.initialised(() => {
      const pool = gpu.pools.get(handle);
      return pool === undefined || pool.isDestroyed ? resultCodes.CUDA_ERROR_INVALID_VALUE : body(pool);
    });
  }

  function defaultPool(ordinal: number): bigint {
    const device = gpu.devices[ordinal];
    if (device === undefined) return 0n;
    if (device.defaultPool === undefined) {
      device.defaultPool = gpu.newHandle();
      gpu.pools.set(device.defaultPool, new EmulatedPool(ordinal, 0));
    }
    return device.defaultPool;
  }

  /** Recording an allocation is left out: the launcher refuses it. */
  function allocate(address: BigUint64Array, bytes: number, poolHandle: bigint, stream: bigint): number {
    return gpu.withStream(stream, ({ capture }, { memory }) =>
      withPool(poolHandle, (pool) => {
        if (capture !== undefined) return resultCodes.CUDA_ERROR_NOT_SUPPORTED;
        if (!(bytes > 0)) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const start = pool.hasRoomFor(bytes) ? memory.allocate(bytes) : undefined;
        if (start === undefined) return resultCodes.CUDA_ERROR_OUT_OF_MEMORY;
        pool.noteAllocation(start, bytes);
        address[0] = start;
        return resultCodes.CUDA_SUCCESS;
      }),
    );
  }

  return {
    cuMemAllocAsync: (address, bytes, stream) =>
      allocate(
        address,
        bytes,
        defaultPool(gpu.devices.findIndex(({ context }) => context === gpu.current)),
        stream,
      ),
    cuMemAllocFromPoolAsync: allocate,
    cuMemFreeAsync: (address, stream) =>
      gpu.withStream(stream, (_, { memory }) => {
        const isPooled = [...gpu.pools.values()].some((pool) => pool.noteFree(address));
        return isPooled && memory.free(address)
          ? resultCodes.CUDA_SUCCESS
          : resultCodes.CUDA_ERROR_INVALID_VALUE;
      }),
    cuDeviceGetDefaultMemPool: (pool, ordinal) =>
      gpu.withDevice(ordinal, () => {
        pool[0] = defaultPool(ordinal);
        return resultCodes.CUDA_SUCCESS;
      }),

    cuMemPoolCreate: (pool, props) =>
      gpu.initialised(() => {
        const view = new DataView(props.buffer, props.byteOffset, props.byteLength);
        const device = view.getInt32(layout['location.id'], true);
        const isOnDevice =
          view.getUint32(layout.allocType, true) === memAllocationTypes.PINNED &&
          view.getUint32(layout['location.type'], true) === memLocationTypes.DEVICE &&
          gpu.devices[device] !== undefined;
        if (!isOnDevice) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const handle = gpu.newHandle();
        const maxBytes = Number(view.getBigUint64(layout.maxSize, true));
        gpu.pools.set(handle, new EmulatedPool(device, maxBytes));
        pool[0] = handle;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemPoolDestroy: (handle) =>
      withPool(handle, (pool) => {
        if (gpu.devices[pool.device]?.defaultPool === handle) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        pool.isDestroyed = true;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemPoolGetAttribute: (handle, attribute, value) =>
      withPool(handle, (pool) => {
        const found = pool.get(attribute);
        if (found === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        value[0] = found;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemPoolSetAttribute: (handle, attribute, value) =>
      withPool(handle, (pool) => {
        if (pool.get(attribute) === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        pool.set(attribute, value[0] ?? 0n);
        return resultCodes.CUDA_SUCCESS;
      }),
    cuMemPoolTrimTo: (handle, minBytesToKeep) =>
      withPool(handle, (pool) => {
        pool.trimTo(minBytesToKeep);
        return resultCodes.CUDA_SUCCESS;
      }),
  };
}
