import { createEmulator, type EmulatorOptions } from '../../emulator/index.js';
import { device } from '../result/index.js';
import { type DriverCalls, loadCudaDriver } from '../sys/index.js';
import { Device } from './device.js';

/** A CUDA version. */
export interface CudaVersion {
  readonly major: number;
  readonly minor: number;
}

/** The way in: an initialised CUDA driver, or its emulator on the CPU. */
export class Driver {
  readonly kind: 'cuda' | 'emulator';
  /** The driver's functions as they are, for what the objects do not offer. */
  readonly calls: DriverCalls;

  private constructor(kind: 'cuda' | 'emulator', calls: DriverCalls) {
    this.kind = kind;
    this.calls = calls;
    device.init(calls);
  }

  /**
   * Loads and initialises the CUDA driver.
   *
   * @param library file name or path; by default `PREFLIGHT_CUDA_LIBRARY`, else the platform's own
   * @throws DriverNotFoundError on a machine without one
   * @throws CudaError `CUDA_ERROR_NO_DEVICE` on a machine with a driver but without a GPU
   */
  static cuda(library?: string): Driver {
    return new Driver('cuda', loadCudaDriver(library));
  }

  /** Makes a GPU of the emulator's: same objects, same errors, kernels computed by TypeScript functions. */
  static emulator(options: EmulatorOptions): Driver {
    return new Driver('emulator', createEmulator(options));
  }

  /** The newest CUDA that the driver supports. */
  get version(): CudaVersion {
    const version = device.driverVersion(this.calls);
    return { major: Math.floor(version / 1000), minor: Math.floor((version % 1000) / 10) };
  }

  /**
   * All GPUs that this process may use (`cuDeviceGetCount`, `cuDeviceGet`), in the order of their numbers.
   *
   * @throws CudaError
   */
  devices(): Device[] {
    return Array.from({ length: device.count(this.calls) }, (_, ordinal) => this.device(ordinal));
  }

  /**
   * The GPU of a number (`cuDeviceGet`), counted from 0.
   *
   * @throws CudaError `CUDA_ERROR_INVALID_DEVICE`
   */
  device(ordinal: number): Device {
    return new Device(this.calls, ordinal);
  }

  /** Zeroed host memory for kernel parameters: it does not move, and starts at a multiple of 128 bytes. */
  allocateParams(bytes: number): Uint8Array {
    return this.calls.allocateParams(bytes);
  }
}
