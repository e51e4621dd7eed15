import type { DriverCalls } from '../sys/calls.js';
import { memPoolAttributes } from '../sys/cuda-abi.js';
import { createMemPoolProps } from '../sys/structs.js';
import { check } from './error.js';

/** A pool's attribute by the driver's name, without `CU_MEMPOOL_ATTR_`. All are bytes. */
export type MemPoolAttributeName = keyof typeof memPoolAttributes;

/** A pool that may be created. */
export interface MemPoolProps {
  readonly device: number;
  /** Bytes that the pool may reserve at most; 0 leaves it to the driver. */
  readonly maxBytes: number;
}

/** Creates a pool of a device's memory. */
export function create(calls: DriverCalls, props: MemPoolProps): bigint {
  const pool = new BigUint64Array(1);
  const { device, maxBytes } = props;
  check(calls, calls.cuMemPoolCreate(pool, createMemPoolProps(props)), 'cuMemPoolCreate', {
    device,
    maxBytes,
  });
  return pool[0] ?? 0n;
}

/** Destroys a pool; its memory goes as soon as the last allocation from it is freed. */
export function destroy(calls: DriverCalls, pool: bigint): void {
  check(calls, calls.cuMemPoolDestroy(pool), 'cuMemPoolDestroy', { pool });
}

/** The pool that a device has from the start. */
export function defaultOf(calls: DriverCalls, device: number): bigint {
  const pool = new BigUint64Array(1);
  check(calls, calls.cuDeviceGetDefaultMemPool(pool, device), 'cuDeviceGetDefaultMemPool', { device });
  return pool[0] ?? 0n;
}

/** Reads an attribute, in bytes. */
export function getAttribute(calls: DriverCalls, pool: bigint, attribute: MemPoolAttributeName): bigint {
  const value = new BigUint64Array(1);
  const code = calls.cuMemPoolGetAttribute(pool, memPoolAttributes[attribute], value);
  check(calls, code, 'cuMemPoolGetAttribute', { pool, attribute });
  return value[0] ?? 0n;
}

/** Sets an attribute, in bytes. */
export function setAttribute(
  calls: DriverCalls,
  pool: bigint,
  attribute: MemPoolAttributeName,
  bytes: bigint,
): void {
  const code = calls.cuMemPoolSetAttribute(pool, memPoolAttributes[attribute], BigUint64Array.of(bytes));
  check(calls, code, 'cuMemPoolSetAttribute', { pool, attribute, bytes });
}

/** Gives unused memory back to the device, down to `minBytesToKeep`. */
export function trimTo(calls: DriverCalls, pool: bigint, minBytesToKeep: number): void {
  const code = calls.cuMemPoolTrimTo(pool, minBytesToKeep);
  check(calls, code, 'cuMemPoolTrimTo', { pool, minBytesToKeep });
}

/** Allocates in the order of a stream, from a pool or from the device's current one. */
export function allocate(calls: DriverCalls, bytes: number, stream: bigint, pool?: bigint): bigint {
  const address = new BigUint64Array(1);
  if (pool === undefined) {
    check(calls, calls.cuMemAllocAsync(address, bytes, stream), 'cuMemAllocAsync', { bytes, stream });
  } else {
    const code = calls.cuMemAllocFromPoolAsync(address, bytes, pool, stream);
    check(calls, code, 'cuMemAllocFromPoolAsync', { bytes, pool, stream });
  }
  return address[0] ?? 0n;
}

/** Frees in the order of a stream what `allocate` returned. */
export function free(calls: DriverCalls, address: bigint, stream: bigint): void {
  check(calls, calls.cuMemFreeAsync(address, stream), 'cuMemFreeAsync', { address, stream });
}
