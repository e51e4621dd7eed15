import { memory } from '../result/index.js';
import type { DriverCalls } from '../sys/index.js';
import { type DevicePointer, devicePointer, offsetPointer } from './device-pointer.js';
import { bytesOf, checkRange, checkSize, type HostMemory } from './range.js';
import { ContextResource, type ResourceOwner } from './resource.js';
import type { Stream } from './stream.js';

/** Where in the buffer, and in which order. */
export interface CopyOptions {
  /** First byte of the buffer. Default 0. */
  readonly offset?: number;
  /**
   * The stream that the copy takes its turn in. Ordinary host memory can be reused as soon as the call returns. By default
   * the copy is done when the call returns, and comes after all work in streams that are not `nonBlocking`.
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
}

/** Device memory. Create it with `context.allocate(byteLength)`; the contents start out undefined. */
export class DeviceBuffer extends ContextResource {
  override readonly label: string;
  readonly byteLength: number;
  readonly #address: DevicePointer;

  private constructor(owner: ResourceOwner, address: bigint, byteLength: number) {
    super(owner);
    this.#address = devicePointer(address);
    this.byteLength = byteLength;
    this.label = `DeviceBuffer 0x${address.toString(16)} of ${byteLength} bytes`;
  }

  static allocate(owner: ResourceOwner, byteLength: number): DeviceBuffer {
    checkSize('The byte length of a DeviceBuffer', byteLength);
    owner.makeCurrent();
    return new DeviceBuffer(owner, memory.allocate(owner.calls, byteLength), byteLength);
  }

  /** The first byte's address, a multiple of 256. */
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
    const calls = this.enter();
    if (bytes.byteLength > 0) memory.copyHostToDevice(calls, target, bytes, options.stream?.handle);
  }

  /**
   * Fills all of `target` from the buffer.
   *
   * @throws RangeError when the buffer has fewer bytes
   */
  copyTo(target: HostMemory, options: CopyOptions = {}): void {
    const bytes = bytesOf(target);
    const source = this.#at(options.offset ?? 0, bytes.byteLength);
    const calls = this.enter();
    if (bytes.byteLength > 0) memory.copyDeviceToHost(calls, bytes, source, options.stream?.handle);
  }

  /**
   * Copies from another buffer of the same device.
   *
   * @throws RangeError when either buffer is too short
   */
  copyFromDevice(source: DeviceBuffer, options: DeviceCopyOptions = {}): void {
    const { offset = 0, sourceOffset = 0, byteLength = source.byteLength - sourceOffset } = options;
    const from = source.#at(sourceOffset, byteLength);
    const to = this.#at(offset, byteLength);
    const calls = this.enter();
    if (byteLength > 0) memory.copyDeviceToDevice(calls, to, from, byteLength);
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

  protected override destroy(calls: DriverCalls): void {
    memory.free(calls, this.#address);
  }

  #at(offset: number, byteLength: number): DevicePointer {
    this.assertAlive();
    checkRange(this.label, this.byteLength, { offset, byteLength });
    return offsetPointer(this.#address, offset);
  }
}
