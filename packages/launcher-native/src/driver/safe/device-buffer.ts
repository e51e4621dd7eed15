import { memory, memoryPool, peer } from '../result/index.js';
import { CaptureError, checkHostMemory, isCapturing } from './capture.js';
import { type DevicePointer, devicePointer, offsetPointer } from './device-pointer.js';
import type { MemoryPool } from './memory-pool.js';
import { bytesOf, checkRange, checkSize, type HostMemory } from './range.js';
import { ContextResource, type Destroy, type ResourceOwner } from './resource.js';
import type { Stream } from './stream.js';

/** Where in the buffer, and in which order. */
export interface CopyOptions {
  /** First byte of the buffer. Default 0. */
  readonly offset?: number;
  /**
   * The stream that the copy takes its turn in. Ordinary host memory can be reused as soon as the call returns, for which
   * the call may have to wait; with a `PinnedBuffer` it returns at once, and the memory is in use until the stream has
   * passed the copy. By default the copy is done when the call returns, and comes after all work in streams that are not
   * `nonBlocking`.
   */
  readonly stream?: Stream;
}

/** A part of the buffer to fill. */
export interface FillOptions extends CopyOptions {
  /** Default: to the end. */
  readonly byteLength?: number;
}

/** Parts of two buffers. */
export interface DeviceCopyOptions {
  /** First byte of the buffer copied to. Default 0. */
  readonly offset?: number;
  /** First byte of the buffer copied from. Default 0. */
  readonly sourceOffset?: number;
  /** Default: to the end of the source. */
  readonly byteLength?: number;
  /** The stream that the copy takes its turn in. Default: the default stream. */
  readonly stream?: Stream;
}

/** Allocating in the order of a stream. */
export interface AsyncAllocation {
  /** Work in this stream may use the memory at once; other work has to wait for it. */
  readonly stream: Stream;
  /** Where the memory comes from. Default: the device's own pool. */
  readonly pool?: MemoryPool;
}

/** The stream in whose order a buffer is freed. */
interface FreeingStream {
  stream: Stream;
}

/**
 * Device memory. Create it with `context.allocate(byteLength)`, or with `context.allocateAsync(byteLength, { stream })` in the
 * order of a stream; the contents start out undefined.
 */
export class DeviceBuffer extends ContextResource {
  readonly byteLength: number;
  readonly #address: DevicePointer;
  /** Undefined of memory that was not allocated in the order of a stream. */
  #freeing: FreeingStream | undefined;

  private constructor(
    owner: ResourceOwner,
    kind: string,
    range: { readonly address: bigint; readonly byteLength: number },
    destroy: Destroy | undefined,
  ) {
    super(owner, `${kind} 0x${range.address.toString(16)} of ${range.byteLength} bytes`, destroy);
    this.#address = devicePointer(range.address);
    this.byteLength = range.byteLength;
  }

  /**
   * Allocates device memory (`cuMemAlloc`) at a multiple of 256 bytes; see `context.allocate`.
   *
   * @throws RangeError unless `byteLength` is a whole number of bytes
   * @throws CudaError `CUDA_ERROR_OUT_OF_MEMORY`, or `CUDA_ERROR_INVALID_VALUE` for 0 bytes
   */
  static allocate(owner: ResourceOwner, byteLength: number): DeviceBuffer {
    checkSize('The byte length of a DeviceBuffer', byteLength);
    owner.makeCurrent();
    const address = memory.allocate(owner.calls, byteLength);
    return new DeviceBuffer(owner, 'DeviceBuffer', { address, byteLength }, (calls) =>
      memory.free(calls, address),
    );
  }

  /** See `context.allocateAsync`. */
  static allocateAsync(
    owner: ResourceOwner,
    byteLength: number,
    { stream, pool }: AsyncAllocation,
  ): DeviceBuffer {
    checkSize('The byte length of a DeviceBuffer', byteLength);
    const handle = stream.handle;
    if (isCapturing(owner, handle)) {
      throw new CaptureError(
        'Allocations cannot be captured: allocate before the capture, and release after it.',
      );
    }
    owner.makeCurrent();
    const address = memoryPool.allocate(owner.calls, byteLength, handle, pool?.handle);
    const freeing: FreeingStream = { stream };
    // cuMemFree takes this memory, too, and waits for the device: where the stream is gone, that is what is left.
    const buffer = new DeviceBuffer(owner, 'DeviceBuffer', { address, byteLength }, (calls) =>
      freeing.stream.isReleased
        ? memory.free(calls, address)
        : memoryPool.free(calls, address, freeing.stream.handle),
    );
    buffer.#freeing = freeing;
    return buffer;
  }

  /** Memory that another library allocated and will free. */
  static adopt(owner: ResourceOwner, address: bigint, byteLength: number): DeviceBuffer {
    checkSize('The byte length of a DeviceBuffer', byteLength);
    owner.makeCurrent();
    return new DeviceBuffer(owner, 'Adopted DeviceBuffer', { address, byteLength }, undefined);
  }

  /** The first byte's address; a multiple of 256, unless the memory was adopted. */
  get address(): DevicePointer {
    this.assertAlive();
    return this.#address;
  }

  /**
   * Copies all of `source` into the buffer.
   *
   * @throws RangeError when it does not fit
   */
  copyFrom(source: HostMemory, options: CopyOptions = {}): void {
    const bytes = bytesOf(source);
    const target = this.#at(options.offset ?? 0, bytes.byteLength);
    const stream = this.#hostCopyStream(bytes, options);
    const calls = this.enter();
    if (bytes.byteLength > 0) memory.copyHostToDevice(calls, target, bytes, stream);
  }

  /**
   * Fills all of `target` from the buffer.
   *
   * @throws RangeError when the buffer has fewer bytes
   */
  copyTo(target: HostMemory, options: CopyOptions = {}): void {
    const bytes = bytesOf(target);
    const source = this.#at(options.offset ?? 0, bytes.byteLength);
    const stream = this.#hostCopyStream(bytes, options);
    const calls = this.enter();
    if (bytes.byteLength > 0) memory.copyDeviceToHost(calls, bytes, source, stream);
  }

  /**
   * Copies from another buffer, of this or of another device: between devices the bytes travel directly where peer access is
   * enabled, else through host memory.
   *
   * @throws RangeError when either buffer is too short
   */
  copyFromDevice(source: DeviceBuffer, options: DeviceCopyOptions = {}): void {
    const { offset = 0, sourceOffset = 0, byteLength = source.byteLength - sourceOffset } = options;
    const from = source.#at(sourceOffset, byteLength);
    const to = this.#at(offset, byteLength);
    const stream = options.stream?.handle;
    const calls = this.enter();
    if (byteLength === 0) return;
    if (source.owner.handle === this.owner.handle) {
      memory.copyDeviceToDevice(calls, to, from, byteLength, stream);
    } else {
      const [target, origin] = [this.owner.handle, source.owner.handle];
      peer.copy(
        calls,
        { context: target, address: to },
        { context: origin, address: from },
        byteLength,
        stream,
      );
    }
  }

  /**
   * Sets every byte to a value from 0 to 255.
   *
   * @throws RangeError when the buffer has fewer bytes, or the value is no byte
   */
  fill(value: number, options: FillOptions = {}): void {
    const { offset = 0, byteLength = this.byteLength - offset } = options;
    if (!Number.isInteger(value) || value < 0 || value > 255) {
      throw new RangeError(`A fill value has to be a byte, 0 to 255, not ${value}.`);
    }
    const target = this.#at(offset, byteLength);
    const calls = this.enter();
    if (byteLength > 0) memory.fill(calls, target, value, byteLength, options.stream?.handle);
  }

  /**
   * Releases memory from `context.allocateAsync` when a stream has come to this point; `release()` does so in the order of
   * the stream it was allocated on. Doing so again is harmless.
   */
  releaseOn(stream: Stream): void {
    if (this.#freeing === undefined) {
      throw new Error(`${this.label} was not allocated in the order of a stream: release it with release().`);
    }
    if (!this.isReleased && !stream.isReleased) this.#freeing.stream = stream;
    this.release();
  }

  /** The stream of a copy from or to host memory, which has to be fit for it. */
  #hostCopyStream(bytes: Uint8Array, { stream }: CopyOptions): bigint | undefined {
    if (stream !== undefined) checkHostMemory(this.owner, stream.handle, bytes);
    return stream?.handle;
  }

  #at(offset: number, byteLength: number): DevicePointer {
    this.assertAlive();
    checkRange(this.label, this.byteLength, { offset, byteLength });
    return offsetPointer(this.#address, offset);
  }
}
