import type { DriverCalls } from '../sys/calls.js';
import { hostRegisterFlags } from '../sys/cuda-abi.js';
import { check } from './error.js';

/** Page-locks memory that `allocateHostPages` returned, for the contexts of all devices. */
export function register(calls: DriverCalls, memory: Uint8Array): void {
  const bytes = memory.byteLength;
  const code = calls.cuMemHostRegister_v2(memory, bytes, hostRegisterFlags.PORTABLE);
  check(calls, code, 'cuMemHostRegister_v2', { bytes });
}

/** Lets the pages go again. No copy may be using them. */
export function unregister(calls: DriverCalls, memory: Uint8Array): void {
  check(calls, calls.cuMemHostUnregister(memory), 'cuMemHostUnregister', { bytes: memory.byteLength });
}
