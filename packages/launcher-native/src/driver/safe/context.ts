import { type CudaError, context, memory, peer, stream, tensorMap } from '../result/index.js';
import type { DriverCalls } from '../sys/index.js';
import { checkNotCapturing } from './capture.js';
import { Claim } from './claim.js';
import { ContextState } from './context-state.js';
import { type AsyncAllocation, DeviceBuffer } from './device-buffer.js';
import { Event, type EventOptions } from './event.js';
import { MemoryPool, type MemoryPoolOptions } from './memory-pool.js';
import { Module } from './module.js';
import { PinnedBuffer } from './pinned-buffer.js';
import { Resource } from './resource.js';
import { Stream, type StreamOptions } from './stream.js';

/**
 * A reference to a device's primary context, in which streams, buffers and modules live. Create it with
 * `device.retainPrimaryContext()`.
 *
 * Releasing it releases everything that was created through it. The primary context itself is shared by the process: it
 * goes when nobody refers to it any more.
 */
export class Context extends Resource {
  readonly calls: DriverCalls;
  /** The driver's handle. */
  readonly handle: bigint;
  /** The stream that work without a stream of its own goes to. */
  readonly defaultStream: Stream;
  readonly #state: ContextState;
  #defaultMemoryPool: MemoryPool | undefined;

  private constructor(state: ContextState) {
    super(new Claim(state.label, () => state.release()));
    this.calls = state.calls;
    this.handle = state.handle;
    this.defaultStream = Stream.default(state);
    this.#state = state;
  }

  /**
   * Takes a reference to the primary context of a device (`cuDevicePrimaryCtxRetain`); see `device.retainPrimaryContext`.
   *
   * @param device the driver's handle of it
   * @throws CudaError when the driver cannot create the context
   * @throws ContextLostError after a kernel has made the GPUs unusable for this process
   */
  static retainPrimary(calls: DriverCalls, device: number): Context {
    return new Context(new ContextState(calls, device));
  }

  /**
   * The error that made the context unusable, if one did: an illegal access, a trap, a fault of the hardware. Everything on
   * it is then a `ContextLostError`, but releasing, which is silent.
   */
  get lostBy(): CudaError | undefined {
    return this.#state.lostBy;
  }

  /** Makes the context current on this thread. Objects do this themselves. */
  makeCurrent(): void {
    this.#state.makeCurrent();
  }

  /**
   * Allocates device memory. Its contents are undefined.
   *
   * @throws CudaError `CUDA_ERROR_OUT_OF_MEMORY`, or `CUDA_ERROR_INVALID_VALUE` for 0 bytes
   */
  allocate(byteLength: number): DeviceBuffer {
    return DeviceBuffer.allocate(this.#state, byteLength);
  }

  /**
   * Allocates device memory in the order of a stream, from a pool: far cheaper than `allocate`, and without waiting for the
   * device. Its contents are undefined. Releasing the buffer frees it in the order of that stream.
   *
   * @throws CudaError `CUDA_ERROR_OUT_OF_MEMORY`, or `CUDA_ERROR_INVALID_VALUE` for 0 bytes
   * @throws CaptureError while the stream is captured
   */
  allocateAsync(byteLength: number, options: AsyncAllocation): DeviceBuffer {
    return DeviceBuffer.allocateAsync(this.#state, byteLength, options);
  }

  /**
   * Allocates page-locked host memory, zeroed.
   *
   * @throws CudaError `CUDA_ERROR_OUT_OF_MEMORY`, or `CUDA_ERROR_INVALID_VALUE` for 0 bytes
   */
  allocatePinned(byteLength: number): PinnedBuffer {
    return PinnedBuffer.allocate(this.#state, byteLength);
  }

  /** Creates a pool of the device's memory, for `allocateAsync`. */
  createMemoryPool(options: MemoryPoolOptions = {}): MemoryPool {
    return MemoryPool.create(this.#state, this.#state.device, options);
  }

  /** The pool that `allocateAsync` takes memory from by default. All of the process shares it. */
  get defaultMemoryPool(): MemoryPool {
    const known = this.#defaultMemoryPool;
    if (known !== undefined && !known.isReleased) return known;
    this.#defaultMemoryPool = MemoryPool.default(this.#state, this.#state.device);
    return this.#defaultMemoryPool;
  }

  /**
   * Makes a stream of another library's usable here. It stays that library's: releasing the object leaves it alone.
   *
   * @param handle a `CUstream` of this context, as the other library gives it out
   */
  adoptStream(handle: bigint): Stream {
    return Stream.adopt(this.#state, handle);
  }

  /**
   * Makes device memory of another library's usable here. It stays that library's, which has to keep it allocated: releasing
   * the object leaves it alone.
   *
   * @param address a `CUdeviceptr` that this context can reach
   */
  adoptBuffer(address: bigint, byteLength: number): DeviceBuffer {
    return DeviceBuffer.adopt(this.#state, address, byteLength);
  }

  /**
   * Creates a queue of work (`cuStreamCreateWithPriority`). A priority out of range is taken for the nearest that there is.
   *
   * @throws CudaError when the driver has no room for another
   * @throws ReleasedError | ContextLostError
   */
  createStream(options: StreamOptions = {}): Stream {
    return Stream.create(this.#state, options);
  }

  /**
   * Creates a mark for streams (`cuEventCreate`), which marks nothing until `stream.record(event)`.
   *
   * @throws CudaError when the driver has no room for another
   * @throws ReleasedError | ContextLostError
   */
  createEvent(options: EventOptions = {}): Event {
    return Event.create(this.#state, options);
  }

  /**
   * Loads a cubin. The bytes may be dropped afterwards.
   *
   * @throws CudaError `CUDA_ERROR_INVALID_IMAGE` for bytes that are no whole cubin, `CUDA_ERROR_NO_BINARY_FOR_GPU` for one of
   * another architecture
   */
  loadModule(cubin: Uint8Array): Module {
    return Module.load(this.#state, cubin);
  }

  /**
   * Encodes a tensor map into 128 bytes at the start of `target`.
   *
   * @throws CudaError `CUDA_ERROR_INVALID_VALUE` when the map breaks a constraint of the driver's
   */
  encodeTensorMap(map: tensorMap.TiledTensorMap, target: Uint8Array): void {
    this.makeCurrent();
    tensorMap.encodeTiled(this.calls, map, target);
  }

  /** Which priorities streams can have; the lower number is the more urgent. */
  get streamPriorityRange(): stream.PriorityRange {
    this.makeCurrent();
    return stream.priorityRange(this.calls);
  }

  /**
   * Lets kernels in this context reach the memory of another device's context, and copies between the two go directly. It
   * holds for memory from `allocate`, until either context is gone. Doing it again is harmless.
   *
   * @throws CudaError `CUDA_ERROR_PEER_ACCESS_UNSUPPORTED` unless `device.canAccessPeer`
   */
  enablePeerAccess(other: Context): void {
    other.#state.makeCurrent();
    this.makeCurrent();
    peer.enableAccess(this.calls, other.handle);
  }

  /** Free and total memory of the device. */
  memoryInfo(): memory.MemoryInfo {
    this.makeCurrent();
    return memory.info(this.calls);
  }

  /**
   * Blocks the thread until all work in the context is done.
   *
   * @throws CudaError when some of it failed
   */
  synchronizeBlocking(): void {
    this.makeCurrent();
    context.synchronize(this.calls);
    this.#state.noteDone();
  }

  /** Releases the newest objects first, all of them even if one fails, and then reports the first failure. */
  override release(): void {
    if (!this.isReleased) checkNotCapturing(this.#state, this.label);
    super.release();
  }
}
