import type { readCubin } from '../../../src/cubin/index.js';
import type * as driver from '../../../src/driver/index.js';

/** What the checks use of the package. */
export type Launcher = typeof driver & { readonly readCubin: typeof readCubin };

/** What the checks get to work with. */
export interface Environment {
  readonly hasKernels: boolean;
  releaseObjects(): void;
}

/** One check; it throws when it fails. */
export interface Check {
  readonly name: string;
  /** Makes no sense on the emulator. */
  readonly needsGpu?: boolean;
  /** Launches kernels of ffi-kernels.cu. */
  readonly needsKernels?: boolean;
  /** Starts threads. */
  readonly needsWorkers?: boolean;
  run(environment: Environment): void | Promise<void>;
}

export const allChecks: readonly Check[];
export function emulatedDriver(launcher: Launcher): driver.Driver;
export function createEnvironment(given: {
  readonly launcher: Launcher;
  readonly driver: driver.Driver;
  readonly cubin: Uint8Array;
  /** Needed by the checks that start threads. */
  readonly runInWorkers?: (tasks: readonly object[]) => Promise<readonly unknown[]>;
}): Environment;

export function runWorker(
  given: { readonly launcher: Launcher; readonly cubin: Uint8Array; readonly emulate?: boolean },
  task: object,
): Promise<object>;
