import type { DriverCalls } from '../sys/calls.js';
import { check } from './error.js';

/** Takes a reference to the device's primary context, which is created if need be, and returns its handle. */
export function retainPrimary(calls: DriverCalls, device: number): bigint {
  const context = new BigUint64Array(1);
  check(calls, calls.cuDevicePrimaryCtxRetain(context, device), 'cuDevicePrimaryCtxRetain', { device });
  return context[0] ?? 0n;
}

/** Gives a reference back. With the last one the context goes, and everything in it. */
export function releasePrimary(calls: DriverCalls, device: number): void {
  check(calls, calls.cuDevicePrimaryCtxRelease_v2(device), 'cuDevicePrimaryCtxRelease_v2', { device });
}

/** Binds a context to this thread. */
export function setCurrent(calls: DriverCalls, context: bigint): void {
  check(calls, calls.cuCtxSetCurrent(context), 'cuCtxSetCurrent', { context });
}

/** The context bound to this thread; 0n if there is none. */
export function getCurrent(calls: DriverCalls): bigint {
  const context = new BigUint64Array(1);
  check(calls, calls.cuCtxGetCurrent(context), 'cuCtxGetCurrent');
  return context[0] ?? 0n;
}

/** Blocks the thread until all work in the current context is done. */
export function synchronize(calls: DriverCalls): void {
  check(calls, calls.cuCtxSynchronize(), 'cuCtxSynchronize');
}
