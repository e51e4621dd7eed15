import type { KernelInfo, Target } from '@gemm-preflight/types';
import { Driver } from '../driver/index.js';
import type { IllegalAddressError } from '../emulator/index.js';
import { emulateBatchedGemm, whyNotEmulated } from '../emulator/kernels/index.js';

/** What to emulate. */
export interface EmulatedDriverOptions {
  readonly target: Target;
  /** The kernels that can be launched; what they compute follows from their catalog entries. */
  readonly kernels: readonly KernelInfo[];
  /** Device memory; default 1 GiB. */
  readonly totalMemoryBytes?: number;
  /** Told of every illegal access, which the driver interface reports late and without its address. */
  readonly onIllegalAddress?: (error: IllegalAddressError) => void;
}

/**
 * A driver for machines without a GPU, which computes these kernels on the CPU from their parameter blocks. Launching a
 * kernel that cannot be emulated is `CUDA_ERROR_NOT_SUPPORTED`.
 */
export function emulatedDriver({ kernels, ...options }: EmulatedDriverOptions): Driver {
  const byName = new Map(kernels.map((kernel) => [kernel.functionName, kernel]));
  return Driver.emulator({
    ...options,
    kernels: (name) => {
      const kernel = byName.get(name);
      return kernel && whyNotEmulated(kernel) === undefined ? emulateBatchedGemm(kernel) : undefined;
    },
  });
}
