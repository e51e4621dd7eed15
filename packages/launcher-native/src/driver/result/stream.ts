import type { DriverCalls } from '../sys/calls.js';
import { resultCodes } from '../sys/cuda-abi.js';
import { check } from './error.js';

/** Creates a stream. @param flags of `streamFlags` @param priority lower is more urgent, 0 is the default */
export function create(calls: DriverCalls, flags: number, priority: number): bigint {
  const stream = new BigUint64Array(1);
  const code = calls.cuStreamCreateWithPriority(stream, flags, priority);
  check(calls, code, 'cuStreamCreateWithPriority', { flags, priority });
  return stream[0] ?? 0n;
}

/** The ends of the range of priorities, of which the lower number is the more urgent. */
export interface PriorityRange {
  readonly least: number;
  readonly greatest: number;
}

/** Which priorities streams of the current context can have. */
export function priorityRange(calls: DriverCalls): PriorityRange {
  const least = new Int32Array(1);
  const greatest = new Int32Array(1);
  check(calls, calls.cuCtxGetStreamPriorityRange(least, greatest), 'cuCtxGetStreamPriorityRange');
  return { least: least[0] ?? 0, greatest: greatest[0] ?? 0 };
}

/** Destroys a stream. Work already in it still runs to its end. */
export function destroy(calls: DriverCalls, stream: bigint): void {
  check(calls, calls.cuStreamDestroy_v2(stream), 'cuStreamDestroy_v2', { stream });
}

/** Blocks the thread until the stream is idle. */
export function synchronize(calls: DriverCalls, stream: bigint): void {
  check(calls, calls.cuStreamSynchronize(stream), 'cuStreamSynchronize', { stream });
}

/** Whether all work in the stream is done. */
export function query(calls: DriverCalls, stream: bigint): boolean {
  const code = calls.cuStreamQuery(stream);
  if (code === resultCodes.CUDA_ERROR_NOT_READY) return false;
  check(calls, code, 'cuStreamQuery', { stream });
  return true;
}

/** Lets later work in the stream wait for an event. */
export function waitEvent(calls: DriverCalls, stream: bigint, event: bigint): void {
  check(calls, calls.cuStreamWaitEvent(stream, event, 0), 'cuStreamWaitEvent', { stream, event });
}
