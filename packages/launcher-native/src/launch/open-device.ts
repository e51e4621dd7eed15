import { type KernelInfo, type Target, targets } from '@gemm-preflight/types';
import { type Context, CudaError, type Device, Driver, DriverNotFoundError } from '../driver/index.js';
import { emulatedDriver } from './emulated-driver.js';
import { targetOf, UnsupportedDeviceError } from './target-of.js';

/** Where to run: on a GPU if there is one, on the GPU or not at all, or on the CPU. */
export const deviceChoices = ['auto', 'gpu', 'emulator'] as const;

/** One of {@link deviceChoices}. */
export type DeviceChoice = (typeof deviceChoices)[number];

/** Which device to open, and what the emulator is if it comes to that. */
export interface OpenDeviceOptions {
  /** Default: `auto`. */
  readonly choice?: DeviceChoice;
  /** Which GPU, counted from 0. Default 0. */
  readonly ordinal?: number;
  /** What the emulator stands for; a GPU says itself what it is. Default: an H100. */
  readonly target?: Target;
  /** The kernels that the emulator can launch. Default: none. */
  readonly kernels?: readonly KernelInfo[];
  /** Device memory of the emulator in bytes. Default: 80 GiB, of which only what is used takes memory of the host. */
  readonly emulatedMemoryBytes?: number;
}

/** A device with its context, to be released as one. */
export interface OpenDevice extends Disposable {
  readonly kind: 'gpu' | 'emulator';
  /** What a check has to know of the device. */
  readonly target: Target;
  readonly device: Device;
  /** The device's primary context, in which everything lives. */
  readonly context: Context;
  /** What it is, and if it is the emulator, why, in one line for people. */
  readonly description: string;
  /** Releases the context, and all that was created through it. A second time does nothing. */
  release(): void;
}

const defaultEmulatedMemoryBytes = 80 * 2 ** 30;

/** `CUDA_ERROR_NO_DEVICE`. By its number: a driver without a GPU need not know names. */
const noDevice = 100;

/**
 * Opens a GPU or the emulator: driver, device and context in one.
 *
 * `auto` takes the emulator where there is no driver, no GPU, or none that kernels are made for. A GPU that is there and does
 * not work is an error also then: who has one does not want to find out by the time it takes.
 *
 * @example
 * using device = openDevice({ kernels });
 * using kernel = loadKernel(device.context, kernelInfo, cubin);
 * @throws {DriverNotFoundError | CudaError | UnsupportedDeviceError} when a GPU is demanded and there is none of use
 * @throws {CudaError | DriverFunctionMissingError | ContextLostError} when there is one that does not work
 * @throws {RangeError} for another choice
 */
export function openDevice(options: OpenDeviceOptions = {}): OpenDevice {
  const { choice = 'auto' } = options;
  if (!deviceChoices.includes(choice)) {
    throw new RangeError(`the device is "${choice}", which is none of ${deviceChoices.join(', ')}`);
  }
  if (choice === 'emulator') return openEmulator(options, 'as asked');
  try {
    return openGpu(options);
  } catch (error) {
    if (choice === 'gpu' || !isNoGpu(error)) throw error;
    return openEmulator(options, whyNoGpu(error));
  }
}

function openGpu({ ordinal = 0 }: OpenDeviceOptions): OpenDevice {
  const driver = Driver.cuda();
  const device = driver.device(ordinal);
  const target = targetOf(device);
  const { major, minor } = driver.version;
  const description = `${device.name}, ${device.numSms} SMs, CUDA ${major}.${minor}`;
  return opened({ kind: 'gpu', target, device, description });
}

function openEmulator(options: OpenDeviceOptions, why: string): OpenDevice {
  const {
    target = targets.h100,
    kernels = [],
    emulatedMemoryBytes: totalMemoryBytes = defaultEmulatedMemoryBytes,
  } = options;
  const device = emulatedDriver({ target, kernels, totalMemoryBytes }).device(0);
  const description = `emulator of ${target.name} on the CPU (${why})`;
  return opened({ kind: 'emulator', target, device, description });
}

function opened(what: Pick<OpenDevice, 'kind' | 'target' | 'device' | 'description'>): OpenDevice {
  const context = what.device.retainPrimaryContext();
  const release = () => context.release();
  return { ...what, context, release, [Symbol.dispose]: release };
}

/** There is no GPU of use, which is no fault: there is the emulator. */
function isNoGpu(error: unknown): error is Error {
  return (
    error instanceof DriverNotFoundError ||
    error instanceof UnsupportedDeviceError ||
    (error instanceof CudaError && error.code === noDevice)
  );
}

/** The reason in a few words: the long message is for people who asked for a GPU. */
function whyNoGpu(error: Error): string {
  if (!(error instanceof DriverNotFoundError)) return error.message;
  const cause = error.cause instanceof Error ? error.cause.message.split('\n', 1)[0] : undefined;
  const isMissing = cause?.startsWith('Failed to load shared library') ?? true;
  return `no CUDA driver: ${isMissing ? `${error.library} does not load` : cause}`;
}
