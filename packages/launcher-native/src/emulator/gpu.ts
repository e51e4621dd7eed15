import { cudaAbi } from '../driver/sys/index.js';
import { AddressSpace } from './address-space.js';
import type { Capture, EmulatedStream, GraphNode } from './capture.js';
import { EmulatedContext } from './context.js';
import type { EmulatedPool } from './memory-pool.js';
import { defaultTotalMemoryBytes, type EmulatorOptions } from './options.js';

const { resultCodes } = cudaAbi;

interface EmulatedDevice {
  references: number;
  context: EmulatedContext | undefined;
  defaultPool: bigint | undefined;
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
  /** Captures under way. There is one thread, so that they concern all calls. */
  readonly captures = new Set<Capture>();
  readonly pools = new Map<bigint, EmulatedPool>();
  /** The error of a kernel that failed: from then on all calls in contexts return it, as a process sees it with GPUs. */
  stickyError: number = resultCodes.CUDA_SUCCESS;
  isInitialised = false;
  current: EmulatedContext | undefined;
  #nextHandle = firstHandle;

  constructor(options: EmulatorOptions) {
    this.options = options;
    this.totalMemoryBytes = options.totalMemoryBytes ?? defaultTotalMemoryBytes;
    this.devices = Array.from({ length: options.deviceCount ?? 1 }, () => ({
      references: 0,
      context: undefined,
      defaultPool: undefined,
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

  findContext(handle: bigint): EmulatedContext | undefined {
    return this.devices.find(({ context }) => context?.handle === handle)?.context;
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

  /** Runs the body of a call that needs a current context in working order. */
  inContext(body: (context: EmulatedContext) => number): number {
    return this.initialised(() => {
      if (this.current === undefined) return resultCodes.CUDA_ERROR_INVALID_CONTEXT;
      if (this.current.isDestroyed) return resultCodes.CUDA_ERROR_CONTEXT_IS_DESTROYED;
      if (this.stickyError !== resultCodes.CUDA_SUCCESS) return this.stickyError;
      return body(this.current);
    });
  }

  /** The same for calls that could wait for the device: they end a capture that is under way, and fail. */
  outsideCapture(body: (context: EmulatedContext) => number): number {
    return this.inContext((context) =>
      this.captures.size === 0
        ? body(context)
        : this.invalidate(resultCodes.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED),
    );
  }

  /** Runs the body of a call about a stream. */
  withStream(handle: bigint, body: (stream: EmulatedStream, context: EmulatedContext) => number): number {
    return this.inContext((context) => {
      const stream = context.findStream(handle);
      return stream === undefined ? resultCodes.CUDA_ERROR_INVALID_HANDLE : body(stream, context);
    });
  }

  /** Does the work of a call on a stream, at once; or records it, if the stream is being captured. */
  enqueue(handle: bigint, work: (context: EmulatedContext) => number): number {
    return this.withStream(handle, (stream, context) => {
      const node: GraphNode = () => work(context);
      if (stream.capture !== undefined) return stream.capture.record(stream, node);
      const isLegacy = !context.streams.has(handle);
      const waits = isLegacy && [...this.captures].some(({ origin }) => origin.isBlocking);
      return waits ? this.invalidate(resultCodes.CUDA_ERROR_STREAM_CAPTURE_IMPLICIT) : node();
    });
  }

  /** Something cannot be captured. @returns the code given */
  invalidate(code: number): number {
    for (const capture of this.captures) capture.isInvalid = true;
    return code;
  }
}
