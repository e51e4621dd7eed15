import type { DriverCalls } from '../sys/calls.js';
import { resultCodes } from '../sys/cuda-abi.js';
import { check } from './error.js';

/** Creates an event. @param flags of `eventFlags` */
export function create(calls: DriverCalls, flags: number): bigint {
  const event = new BigUint64Array(1);
  check(calls, calls.cuEventCreate(event, flags), 'cuEventCreate', { flags });
  return event[0] ?? 0n;
}

/** Destroys an event. */
export function destroy(calls: DriverCalls, event: bigint): void {
  check(calls, calls.cuEventDestroy_v2(event), 'cuEventDestroy_v2', { event });
}

/** Marks the present end of a stream. */
export function record(calls: DriverCalls, event: bigint, stream: bigint): void {
  check(calls, calls.cuEventRecord(event, stream), 'cuEventRecord', { event, stream });
}

/** Whether the work before the mark is done; true of an event never recorded. */
export function query(calls: DriverCalls, event: bigint): boolean {
  const code = calls.cuEventQuery(event);
  if (code === resultCodes.CUDA_ERROR_NOT_READY) return false;
  check(calls, code, 'cuEventQuery', { event });
  return true;
}

/** Blocks the thread until the work before the mark is done. */
export function synchronize(calls: DriverCalls, event: bigint): void {
  check(calls, calls.cuEventSynchronize(event), 'cuEventSynchronize', { event });
}

/** Milliseconds between two events. */
export function elapsedTime(calls: DriverCalls, start: bigint, end: bigint): number {
  const milliseconds = new Float32Array(1);
  const code = calls.cuEventElapsedTime(milliseconds, start, end);
  check(calls, code, 'cuEventElapsedTime', { start, end });
  return milliseconds[0] ?? 0;
}
