import {
  type Context,
  CudaError,
  Driver,
  DriverNotFoundError,
  emulatedDriver,
  targetOf,
  UnsupportedDeviceError,
} from '@gemm-preflight/launcher-native';
import { type KernelInfo, type Target, targets } from '@gemm-preflight/types';
import type { DeviceChoice } from './settings.js';

/** A device that the service owns. */
export interface OpenDevice {
  readonly kind: 'gpu' | 'emulator';
  readonly target: Target;
  readonly context: Context;
  /** What it is, for people. */
  readonly description: string;
}

/**
 * Opens the first GPU, or the emulator of an H100.
 * @param kernels what the emulator has to know
 * @throws {DriverNotFoundError | CudaError | UnsupportedDeviceError} when a GPU is demanded and there is none of use
 */
export function openDevice(choice: DeviceChoice, kernels: readonly KernelInfo[]): OpenDevice {
  if (choice === 'emulator') return openEmulator(kernels);
  try {
    return openGpu();
  } catch (error) {
    if (choice === 'gpu' || !isNoGpu(error)) throw error;
    return openEmulator(kernels);
  }
}

function openGpu(): OpenDevice {
  const device = Driver.cuda().device(0);
  const target = targetOf(device);
  return { kind: 'gpu', target, context: device.retainPrimaryContext(), description: device.name };
}

function openEmulator(kernels: readonly KernelInfo[]): OpenDevice {
  const target = targets.h100;
  const driver = emulatedDriver({ target, kernels, totalMemoryBytes: 80 * 2 ** 30 });
  const context = driver.device(0).retainPrimaryContext();
  return { kind: 'emulator', target, context, description: `emulator of ${target.name} on the CPU` };
}

/** There is no GPU of use, which is no fault: there is the emulator. */
function isNoGpu(error: unknown): boolean {
  const isNoDevice = error instanceof CudaError && error.name === 'CUDA_ERROR_NO_DEVICE';
  return isNoDevice || error instanceof DriverNotFoundError || error instanceof UnsupportedDeviceError;
}
