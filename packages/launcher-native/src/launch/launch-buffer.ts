import type { BufferRequirement } from '@gemm-preflight/types';
import type { Context, DeviceBuffer } from '../driver/index.js';
import { BufferError, describeBufferProblem } from './check-buffers.js';
import type { MappedAddress } from './mapped-address.js';

/** Where a buffer's address stands in a parameter block. */
export interface AddressPlaces {
  /** 64-bit words of the block that hold the address. */
  readonly pointers: readonly number[];
  readonly maps: readonly MappedAddress[];
}

/** One buffer of a prepared launch: what it has to be, and where its address goes. */
export class LaunchBuffer {
  readonly #words: BigUint64Array;
  readonly #places: AddressPlaces;
  readonly #context: Context;
  #requirement: BufferRequirement;
  /** The address in the block; undefined before the first, and where maps have to be made anew. */
  #address: bigint | undefined;
  #byteLength = 0;

  constructor(
    words: BigUint64Array,
    requirement: BufferRequirement,
    places: AddressPlaces,
    context: Context,
  ) {
    this.#words = words;
    this.#requirement = requirement;
    this.#places = places;
    this.#context = context;
  }

  get name(): BufferRequirement['buffer'] {
    return this.#requirement.buffer;
  }

  /** From now on the launch asks for another size, and its maps describe another matrix. */
  setRequirement(requirement: BufferRequirement): void {
    this.#requirement = requirement;
    this.#address = undefined;
  }

  /**
   * Makes the block point at a buffer. Costs next to nothing where it does already.
   * @throws {BufferError} when the buffer is missing, too small, badly aligned, or of another context
   * @throws {ReleasedError} when it is released
   * @throws {CudaError} when the driver refuses a tensor map of it
   */
  use(buffer: DeviceBuffer | undefined): void {
    const address = buffer === undefined ? 0n : buffer.address;
    if (address === this.#address && buffer?.byteLength === this.#byteLength) return;
    this.#check(buffer);
    // A map that the driver refuses leaves the block of two minds; it is written anew the next time.
    this.#address = undefined;
    const { pointers, maps } = this.#places;
    for (let i = 0; i < pointers.length; i++) this.#words[pointers[i] ?? 0] = address;
    for (let i = 0; i < maps.length; i++) maps[i]?.point(address);
    this.#address = address;
    this.#byteLength = buffer?.byteLength ?? 0;
  }

  #check(buffer: DeviceBuffer | undefined): void {
    const problem = describeBufferProblem(this.#requirement, buffer);
    if (problem !== undefined) throw new BufferError(problem);
    if (buffer === undefined) return;
    const { calls, handle } = buffer.owner;
    if (calls !== this.#context.calls || handle !== this.#context.handle) {
      throw new BufferError(`buffer ${this.name} is in another context than the kernel`);
    }
  }
}
