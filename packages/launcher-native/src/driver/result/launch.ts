import type { DriverCalls } from '../sys/calls.js';
import { type CallArguments, fail } from './error.js';

/** The bytes of a launch; see `DriverCalls.prepareLaunchKernelEx`. */
export interface LaunchBytes {
  /** One `CUlaunchConfig`. */
  readonly config: Uint8Array;
  /** `CUlaunchAttribute`s. */
  readonly attributes: Uint8Array;
  readonly func: bigint;
  /** The kernel's one by-value parameter. */
  readonly params: Uint8Array;
}

/**
 * Resolves a launch once, to be made many times.
 *
 * @param describe called only for an error
 * @returns a function that launches, or throws a `CudaError`
 */
export function prepare(calls: DriverCalls, launch: LaunchBytes, describe: () => CallArguments): () => void {
  const launchOnce = calls.prepareLaunchKernelEx(
    launch.config,
    launch.attributes,
    launch.func,
    launch.params,
  );
  return () => {
    const code = launchOnce();
    if (code !== 0) fail(calls, code, 'cuLaunchKernelEx', describe());
  };
}
