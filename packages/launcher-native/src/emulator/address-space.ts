import { type DeviceMemory, IllegalAddressError } from './options.js';

/** What `cuMemAlloc` promises of an address. */
const alignment = 256n;
/** Never allocated bytes after each allocation, so that running past an end is noticed. */
const guardBytes = 4096n;
/** Fresh memory holds this instead of zeros, which would hide a missing initialisation. */
const poison = 0xcd;

interface Allocation {
  readonly start: bigint;
  readonly storage: Uint8Array;
}

/** Where a device's memory begins, and how much of it there is. */
export interface AddressSpaceOptions {
  /** A multiple of 256. */
  readonly base: bigint;
  readonly capacityBytes: number;
}

/**
 * Device memory: allocations at 64-bit addresses, with gaps between them.
 *
 * Addresses only go up and are never used again, so that a freed one stays wrong for good.
 */
export class AddressSpace implements DeviceMemory {
  readonly capacityBytes: number;
  /** Live allocations by ascending address. */
  readonly #allocations: Allocation[] = [];
  #nextStart: bigint;
  #usedBytes = 0;

  constructor({ base, capacityBytes }: AddressSpaceOptions) {
    this.#nextStart = base;
    this.capacityBytes = capacityBytes;
  }

  /** Bytes left. An allocation takes its size rounded up to 256. */
  get freeBytes(): number {
    return this.capacityBytes - this.#usedBytes;
  }

  /** @returns the address, a multiple of 256; undefined when there is not enough memory */
  allocate(bytes: number): bigint | undefined {
    if (roundUp(bytes) > this.freeBytes) return undefined;
    const storage = poisoned(bytes);
    if (storage === undefined) return undefined;
    const start = this.#nextStart;
    this.#allocations.push({ start, storage });
    this.#nextStart = start + BigInt(roundUp(bytes)) + guardBytes;
    this.#usedBytes += roundUp(bytes);
    return start;
  }

  /** @returns false when no live allocation starts there */
  free(address: bigint): boolean {
    const index = this.#indexAt(address);
    const allocation = this.#allocations[index];
    if (allocation?.start !== address) return false;
    this.#allocations.splice(index, 1);
    this.#usedBytes -= roundUp(allocation.storage.byteLength);
    return true;
  }

  /** The bytes at an address; undefined unless all of them lie in one live allocation. */
  find(address: bigint, bytes: number): Uint8Array | undefined {
    const allocation = this.#allocations[this.#indexAt(address)];
    if (allocation === undefined) return undefined;
    const offset = address - allocation.start;
    if (offset + BigInt(bytes) > BigInt(allocation.storage.byteLength)) return undefined;
    return allocation.storage.subarray(Number(offset), Number(offset) + bytes);
  }

  view(address: bigint, bytes: number): Uint8Array {
    const found = this.find(address, bytes);
    if (found === undefined) throw new IllegalAddressError(address, bytes, this.#describe(address));
    return found;
  }

  /** Index of the last allocation that starts at or before an address; -1 if there is none. */
  #indexAt(address: bigint): number {
    let [low, high] = [0, this.#allocations.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const start = this.#allocations[middle]?.start ?? 0n;
      if (start <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #describe(address: bigint): string {
    const before = this.#allocations[this.#indexAt(address)];
    if (before === undefined) return 'no allocation starts before it';
    const offset = address - before.start;
    return `the nearest allocation before it starts at 0x${before.start.toString(16)}, ${offset} bytes earlier, and has ${before.storage.byteLength} bytes`;
  }
}

function roundUp(bytes: number): number {
  const step = Number(alignment);
  return Math.ceil(bytes / step) * step;
}

/** Undefined where the host itself has too little memory. */
function poisoned(bytes: number): Uint8Array | undefined {
  try {
    return new Uint8Array(bytes).fill(poison);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
