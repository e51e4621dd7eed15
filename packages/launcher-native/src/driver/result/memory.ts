import type { DriverCalls } from '../sys/calls.js';
import { check } from './error.js';

/** Bytes of device memory, as the driver counts them for the whole device. */
export interface MemoryInfo {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Free and total memory of the current context's device. */
export function info(calls: DriverCalls): MemoryInfo {
  const free = new BigUint64Array(1);
  const total = new BigUint64Array(1);
  check(calls, calls.cuMemGetInfo_v2(free, total), 'cuMemGetInfo_v2');
  return { freeBytes: Number(free[0]), totalBytes: Number(total[0]) };
}

/** Allocates device memory, aligned to 256 bytes and not initialised. */
export function allocate(calls: DriverCalls, bytes: number): bigint {
  const address = new BigUint64Array(1);
  check(calls, calls.cuMemAlloc_v2(address, bytes), 'cuMemAlloc_v2', { bytes });
  return address[0] ?? 0n;
}

/** Frees what `allocate` returned. Waits for work that is using it. */
export function free(calls: DriverCalls, address: bigint): void {
  check(calls, calls.cuMemFree_v2(address), 'cuMemFree_v2', { address });
}

/** Page-locked host memory: its address, and its bytes. */
export interface HostAllocation {
  readonly address: bigint;
  /** Touching these after `freeHost` crashes the process. */
  readonly bytes: Uint8Array;
}

/** Allocates page-locked host memory, which asynchronous copies need to be asynchronous. */
export function allocateHost(calls: DriverCalls, byteLength: number): HostAllocation {
  const out = new BigUint64Array(1);
  check(calls, calls.cuMemAllocHost_v2(out, byteLength), 'cuMemAllocHost_v2', { bytes: byteLength });
  const address = out[0] ?? 0n;
  return { address, bytes: calls.viewHostMemory(address, byteLength) };
}

/** Frees what `allocateHost` returned. */
export function freeHost(calls: DriverCalls, address: bigint): void {
  check(calls, calls.cuMemFreeHost(address), 'cuMemFreeHost', { address });
}

/** Copies all of `source` to the device; on a stream, in its order. */
export function copyHostToDevice(
  calls: DriverCalls,
  target: bigint,
  source: Uint8Array,
  stream?: bigint,
): void {
  const bytes = source.byteLength;
  if (stream === undefined) {
    check(calls, calls.cuMemcpyHtoD_v2(target, source, bytes), 'cuMemcpyHtoD_v2', { target, bytes });
  } else {
    const code = calls.cuMemcpyHtoDAsync_v2(target, source, bytes, stream);
    check(calls, code, 'cuMemcpyHtoDAsync_v2', { target, bytes, stream });
  }
}

/** Fills all of `target` from the device; on a stream, in its order. */
export function copyDeviceToHost(
  calls: DriverCalls,
  target: Uint8Array,
  source: bigint,
  stream?: bigint,
): void {
  const bytes = target.byteLength;
  if (stream === undefined) {
    check(calls, calls.cuMemcpyDtoH_v2(target, source, bytes), 'cuMemcpyDtoH_v2', { source, bytes });
  } else {
    const code = calls.cuMemcpyDtoHAsync_v2(target, source, bytes, stream);
    check(calls, code, 'cuMemcpyDtoHAsync_v2', { source, bytes, stream });
  }
}

/** Copies within device memory; on a stream, in its order. */
export function copyDeviceToDevice(
  calls: DriverCalls,
  target: bigint,
  source: bigint,
  bytes: number,
  stream?: bigint,
): void {
  if (stream === undefined) {
    const code = calls.cuMemcpyDtoD_v2(target, source, bytes);
    check(calls, code, 'cuMemcpyDtoD_v2', { target, source, bytes });
  } else {
    const code = calls.cuMemcpyDtoDAsync_v2(target, source, bytes, stream);
    check(calls, code, 'cuMemcpyDtoDAsync_v2', { target, source, bytes, stream });
  }
}

/** Sets bytes to a value; on a stream, in its order. */
export function fill(
  calls: DriverCalls,
  target: bigint,
  value: number,
  bytes: number,
  stream?: bigint,
): void {
  if (stream === undefined) {
    check(calls, calls.cuMemsetD8_v2(target, value, bytes), 'cuMemsetD8_v2', { target, value, bytes });
  } else {
    const code = calls.cuMemsetD8Async(target, value, bytes, stream);
    check(calls, code, 'cuMemsetD8Async', { target, value, bytes, stream });
  }
}
