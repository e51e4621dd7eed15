import type { CubinKernel } from '../cubin/index.js';
import { cudaAbi } from '../driver/sys/index.js';
import { AddressSpace } from './address-space.js';
import { defaultTotalMemoryBytes, type EmulatorOptions } from './options.js';

const { resultCodes } = cudaAbi;

/** A stream's mark. Work is done at once, so a recorded event has happened. */
export interface EmulatedEvent {
  readonly takesTime: boolean;
  /** `performance.now()` at the last record. */
  recordedAtMs: number | undefined;
}

/** A kernel of a loaded module. */
export interface EmulatedFunction {
  readonly kernel: CubinKernel;
  maxDynamicSharedMemBytes: number;
  nonPortableClusterSizeAllowed: boolean;
}

/** A loaded cubin: kernels by name, and those already asked for by handle. */
export interface EmulatedModule {
  readonly kernels: ReadonlyMap<string, CubinKernel>;
  readonly functions: Map<bigint, EmulatedFunction>;
}

/** A primary context: everything that goes when the last reference to it does. */
export class EmulatedContext {
  readonly handle: bigint;
  readonly memory: AddressSpace;
  readonly streams = new Set<bigint>();
  readonly events = new Map<bigint, EmulatedEvent>();
  readonly modules = new Map<bigint, EmulatedModule>();
  /** The error of a kernel that failed: every later call returns it. */
  stickyError: number = resultCodes.CUDA_SUCCESS;
  isDestroyed = false;

  constructor(handle: bigint, memory: AddressSpace) {
    this.handle = handle;
    this.memory = memory;
  }

  /** A function of any of its modules. */
  findFunction(handle: bigint): EmulatedFunction | undefined {
    for (const module of this.modules.values()) {
      const found = module.functions.get(handle);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** 0, 1 and 2 stand for default streams (`CU_STREAM_LEGACY`, `CU_STREAM_PER_THREAD`). */
  hasStream(handle: bigint): boolean {
    return handle <= 2n || this.streams.has(handle);
  }
}

interface EmulatedDevice {
  references: number;
  context: EmulatedContext | undefined;
}

/** Terabytes of addresses that each device has to itself, as a power of two. */
const deviceSpaceBits = 44n;
const firstHandle = 0x5500_0000_0000n;
const handleStep = 0x40n;

/** The state behind an emulated driver. */
export class EmulatedGpu {
  readonly options: EmulatorOptions;
  readonly totalMemoryBytes: number;
  readonly devices: readonly EmulatedDevice[];
  isInitialised = false;
  current: EmulatedContext | undefined;
  #nextHandle = firstHandle;

  constructor(options: EmulatorOptions) {
    this.options = options;
    this.totalMemoryBytes = options.totalMemoryBytes ?? defaultTotalMemoryBytes;
    this.devices = Array.from({ length: options.deviceCount ?? 1 }, () => ({
      references: 0,
      context: undefined,
    }));
  }

  /** A number that no other object of this driver has or had. */
  newHandle(): bigint {
    this.#nextHandle += handleStep;
    return this.#nextHandle;
  }

  createContext(ordinal: number): EmulatedContext {
    const base = BigInt(ordinal + 1) << deviceSpaceBits;
    const memory = new AddressSpace({ base, capacityBytes: this.totalMemoryBytes });
    return new EmulatedContext(this.newHandle(), memory);
  }

  /** Runs the body of a call that needs no context. */
  initialised(body: () => number): number {
    return this.isInitialised ? body() : resultCodes.CUDA_ERROR_NOT_INITIALIZED;
  }

  /** Runs the body of a call about a device. */
  withDevice(ordinal: number, body: (device: EmulatedDevice) => number): number {
    return this.initialised(() => {
      const device = this.devices[ordinal];
      return device === undefined ? resultCodes.CUDA_ERROR_INVALID_DEVICE : body(device);
    });
  }

  /** Runs the body of a call in the current context, unless that is missing, gone or broken. */
  inContext(body: (context: EmulatedContext) => number): number {
    return this.initialised(() => {
      if (this.current === undefined) return resultCodes.CUDA_ERROR_INVALID_CONTEXT;
      if (this.current.isDestroyed) return resultCodes.CUDA_ERROR_CONTEXT_IS_DESTROYED;
      if (this.current.stickyError !== resultCodes.CUDA_SUCCESS) return this.current.stickyError;
      return body(this.current);
    });
  }
}
