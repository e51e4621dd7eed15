import { context, memory, tensorMap } from '../result/index.js';
import type { DriverCalls } from '../sys/index.js';
import { type CurrentContext, currentContextOf } from './current-context.js';
import { DeviceBuffer } from './device-buffer.js';
import { Event, type EventOptions } from './event.js';
import { Module } from './module.js';
import { ignoringDeadContext, Resource, type ResourceOwner } from './resource.js';
import { Stream, type StreamOptions } from './stream.js';

/**
 * A reference to a device's primary context, in which streams, buffers and modules live. Create it with
 * `device.retainPrimaryContext()`.
 *
 * Releasing it releases everything that was created through it. The primary context itself is shared by the process: it
 * goes when nobody refers to it any more.
 */
export class Context extends Resource implements ResourceOwner {
  override readonly label: string;
  readonly calls: DriverCalls;
  readonly handle: bigint;
  /** The stream that work without a stream of its own goes to. */
  readonly defaultStream: Stream;
  readonly #device: number;
  readonly #current: CurrentContext;
  readonly #resources = new Set<Resource>();

  private constructor(calls: DriverCalls, device: number) {
    super();
    this.label = `The context of device ${device}`;
    this.calls = calls;
    this.#device = device;
    this.#current = currentContextOf(calls);
    this.handle = context.retainPrimary(calls, device);
    this.defaultStream = Stream.default(this);
  }

  static retainPrimary(calls: DriverCalls, device: number): Context {
    return new Context(calls, device);
  }

  /** Makes the context current on this thread. Objects do this themselves. */
  makeCurrent(): void {
    this.assertAlive();
    this.#current.set(this.handle);
  }

  /**
   * Allocates device memory. Its contents are undefined.
   *
   * @throws CudaError `CUDA_ERROR_OUT_OF_MEMORY`, or `CUDA_ERROR_INVALID_VALUE` for 0 bytes
   */
  allocate(byteLength: number): DeviceBuffer {
    return DeviceBuffer.allocate(this, byteLength);
  }

  createStream(options: StreamOptions = {}): Stream {
    return Stream.create(this, options);
  }

  createEvent(options: EventOptions = {}): Event {
    return Event.create(this, options);
  }

  /**
   * Loads a cubin. The bytes may be dropped afterwards.
   *
   * @throws CudaError `CUDA_ERROR_INVALID_IMAGE` for bytes that are no whole cubin, `CUDA_ERROR_NO_BINARY_FOR_GPU` for one of
   * another architecture
   */
  loadModule(cubin: Uint8Array): Module {
    return Module.load(this, cubin);
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
  }

  adopt(resource: Resource): void {
    this.#resources.add(resource);
  }

  disown(resource: Resource): void {
    this.#resources.delete(resource);
  }

  /** Releases the newest objects first, all of them even if one fails, and then reports the first failure. */
  override release(): void {
    if (this.isReleased) return;
    const failures: unknown[] = [];
    for (const resource of [...this.#resources].reverse()) {
      try {
        resource.release();
      } catch (error) {
        failures.push(error);
      }
    }
    super.release();
    if (failures.length > 0) throw failures[0];
  }

  protected override free(): void {
    this.#current.forget();
    ignoringDeadContext(() => context.releasePrimary(this.calls, this.#device));
  }
}
