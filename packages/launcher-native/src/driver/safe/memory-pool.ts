import { memoryPool } from '../result/index.js';
import { checkSize } from './range.js';
import { ContextResource, type Destroy, type ResourceOwner } from './resource.js';

/** How to create a pool. */
export interface MemoryPoolOptions {
  /** See `MemoryPool.releaseThresholdBytes`. Default 0. */
  readonly releaseThresholdBytes?: number;
  /** Bytes that the pool may reserve at most (driver 12.2 or later). Default 0: no limit of its own. */
  readonly maxBytes?: number;
}

/**
 * Memory of a device that stream-ordered allocations come from, and go back to. Create one with
 * `context.createMemoryPool()`, or use the device's own, `context.defaultMemoryPool`.
 */
export class MemoryPool extends ContextResource {
  readonly #handle: bigint;

  private constructor(owner: ResourceOwner, label: string, handle: bigint, destroy: Destroy | undefined) {
    super(owner, label, destroy);
    this.#handle = handle;
  }

  /**
   * Creates a pool (`cuMemPoolCreate`); see `context.createMemoryPool`.
   *
   * @param device the driver's handle of it
   * @throws CudaError
   */
  static create(owner: ResourceOwner, device: number, options: MemoryPoolOptions): MemoryPool {
    const { releaseThresholdBytes = 0, maxBytes = 0 } = options;
    checkSize('releaseThresholdBytes', releaseThresholdBytes);
    checkSize('maxBytes', maxBytes);
    owner.makeCurrent();
    const handle = memoryPool.create(owner.calls, { device, maxBytes });
    const label = `MemoryPool 0x${handle.toString(16)}`;
    const pool = new MemoryPool(owner, label, handle, (calls) => memoryPool.destroy(calls, handle));
    try {
      if (releaseThresholdBytes > 0) pool.releaseThresholdBytes = releaseThresholdBytes;
    } catch (error) {
      pool.release();
      throw error;
    }
    return pool;
  }

  /** The pool that the device has from the start; nobody has to release it. */
  static default(owner: ResourceOwner, device: number): MemoryPool {
    owner.makeCurrent();
    const handle = memoryPool.defaultOf(owner.calls, device);
    return new MemoryPool(owner, `The default memory pool of device ${device}`, handle, undefined);
  }

  /** The driver's handle. */
  get handle(): bigint {
    this.assertAlive();
    return this.#handle;
  }

  /**
   * Bytes of unused memory that the pool keeps. What is beyond goes back to the device at the next synchronisation; at 0, as
   * a new pool has it, all does, and allocating again is slow.
   */
  get releaseThresholdBytes(): number {
    return this.#read('RELEASE_THRESHOLD');
  }

  /** Holds from the next synchronisation on. @throws RangeError unless it is a whole number of bytes */
  set releaseThresholdBytes(bytes: number) {
    checkSize('releaseThresholdBytes', bytes);
    memoryPool.setAttribute(this.enter(), this.#handle, 'RELEASE_THRESHOLD', BigInt(bytes));
  }

  /** Bytes that the pool holds, in use or not. */
  get reservedBytes(): number {
    return this.#read('RESERVED_MEM_CURRENT');
  }

  /** Bytes in use by allocations. */
  get usedBytes(): number {
    return this.#read('USED_MEM_CURRENT');
  }

  /** Gives unused memory back to the device, down to `minBytesToKeep` reserved bytes. */
  trimTo(minBytesToKeep: number): void {
    checkSize('minBytesToKeep', minBytesToKeep);
    memoryPool.trimTo(this.enter(), this.#handle, minBytesToKeep);
  }

  #read(attribute: memoryPool.MemPoolAttributeName): number {
    return Number(memoryPool.getAttribute(this.enter(), this.#handle, attribute));
  }
}
