import {
  type Context,
  CudaError,
  Driver,
  DriverNotFoundError,
  emulatedDriver,
  targetOf,
  UnsupportedDeviceError,
} from '@gemm-preflight/launcher-native';
import type { KernelInfo, Target } from '@gemm-preflight/types';

/** Where to run: on a GPU if there is one, on the GPU or not at all, or on the CPU. */
export const deviceChoices = ['auto', 'gpu', 'emulator'] as const;
export type DeviceChoice = (typeof deviceChoices)[number];

/** A device to run on. */
export interface OpenDevice {
  readonly kind: 'gpu' | 'emulator';
  readonly target: Target;
  readonly context: Context;
  /** What it is, and if it is the emulator, why. */
  readonly description: string;
}

/** `CUDA_ERROR_NO_DEVICE`. By its number: a driver without a GPU need not know names. */
const noDevice = 100;

/** How much device memory the emulator has: as much as the smallest target. */
const emulatedMemoryBytes = 80 * 2 ** 30;

/**
 * Opens the first GPU, or the emulator.
 * @param target what the emulator stands for; a GPU says itself what it is
 * @throws {DriverNotFoundError | CudaError | UnsupportedDeviceError} when a GPU is demanded and there is none of use
 */
export function openDevice(choice: DeviceChoice, target: Target, kernels: readonly KernelInfo[]): OpenDevice {
  if (choice === 'emulator') return openEmulator(target, kernels, 'as asked');
  try {
    return openGpu();
  } catch (error) {
    if (choice === 'gpu' || !isNoGpu(error)) throw error;
    return openEmulator(target, kernels, whyNoGpu(error));
  }
}

/** The reason in a few words: the long message is for people who asked for a GPU. */
function whyNoGpu(error: Error): string {
  if (!(error instanceof DriverNotFoundError)) return error.message;
  const cause = error.cause instanceof Error ? error.cause.message.split('\n', 1)[0] : undefined;
  const isMissing = cause?.startsWith('Failed to load shared library') ?? true;
  return `no CUDA driver: ${isMissing ? `${error.library} does not load` : cause}`;
}

function isNoGpu(error: unknown): error is Error {
  return (
    error instanceof DriverNotFoundError ||
    error instanceof UnsupportedDeviceError ||
    (error instanceof CudaError && error.code === noDevice)
  );
}

function openGpu(): OpenDevice {
  const driver = Driver.cuda();
  const device = driver.device(0);
  const target = targetOf(device);
  const { major, minor } = driver.version;
  const description = `${device.name}, ${device.numSms} SMs, CUDA ${major}.${minor}`;
  return { kind: 'gpu', target, context: device.retainPrimaryContext(), description };
}

function openEmulator(target: Target, kernels: readonly KernelInfo[], why: string): OpenDevice {
  const driver = emulatedDriver({ target, kernels, totalMemoryBytes: emulatedMemoryBytes });
  return {
    kind: 'emulator',
    target,
    context: driver.device(0).retainPrimaryContext(),
    description: `emulator of ${target.name} on the CPU (${why})`,
  };
}
