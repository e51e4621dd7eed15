/** A value of a cache that somebody uses: it is kept at least until it is released. */
export interface Lease<Value> {
  readonly value: Value;
  /** Doing so twice is harmless. */
  release(): void;
}

/** How much a cache keeps, and what it does with values. */
export interface LeaseCacheOptions<Value> {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly destroy: (value: Value) => void;
  /** Whether a value has gone by another way, and has to be made anew. */
  readonly isGone: (value: Value) => boolean;
}

interface Slot<Value> {
  readonly value: Value;
  readonly bytes: number;
  leases: number;
  /** Out of the cache; destroyed with its last lease. */
  isDropped: boolean;
}

/**
 * Keeps values for whoever asks next, as many as fit. Beyond that it destroys those that were used the longest time ago,
 * but none that somebody holds: then it keeps more than fit, until they are released.
 */
export class LeaseCache<Value> {
  readonly #options: LeaseCacheOptions<Value>;
  /** Used the longest time ago first: a map keeps the order of its insertions. */
  readonly #slots = new Map<string, Slot<Value>>();
  #bytes = 0;

  constructor(options: LeaseCacheOptions<Value>) {
    this.#options = options;
  }

  /** How many values there are, held ones included. */
  get size(): number {
    return this.#slots.size;
  }

  /** Their bytes together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A lease of the value that was added under a key; undefined where there is none. */
  get(key: string): Lease<Value> | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    if (this.#options.isGone(slot.value)) {
      this.#drop(key, slot);
      return undefined;
    }
    return this.#lease(key, slot);
  }

  /**
   * Adds a value under a key that has none, and makes room for it.
   * @throws what `destroy` throws for a value that had to go; the new one is then kept without a lease
   */
  add(key: string, value: Value, bytes: number): Lease<Value> {
    const slot: Slot<Value> = { value, bytes, leases: 0, isDropped: false };
    this.#slots.set(key, slot);
    this.#bytes += bytes;
    const lease = this.#lease(key, slot);
    try {
      this.#evict();
    } catch (error) {
      slot.leases--;
      throw error;
    }
    return lease;
  }

  /** Empties the cache. Values that are held are destroyed when they are released. */
  clear(): void {
    const failures: unknown[] = [];
    for (const [key, slot] of [...this.#slots]) {
      try {
        this.#drop(key, slot);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #lease(key: string, slot: Slot<Value>): Lease<Value> {
    slot.leases++;
    this.#touch(key, slot);
    let isReleased = false;
    return {
      value: slot.value,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        slot.leases--;
        if (slot.isDropped) this.#destroyIfIdle(slot);
        else {
          this.#touch(key, slot);
          this.#evict();
        }
      },
    };
  }

  #touch(key: string, slot: Slot<Value>): void {
    this.#slots.delete(key);
    this.#slots.set(key, slot);
  }

  #evict(): void {
    const { maxEntries, maxBytes } = this.#options;
    for (const [key, slot] of this.#slots) {
      if (this.size <= maxEntries && this.bytes <= maxBytes) return;
      if (slot.leases === 0) this.#drop(key, slot);
    }
  }

  #drop(key: string, slot: Slot<Value>): void {
    this.#slots.delete(key);
    this.#bytes -= slot.bytes;
    slot.isDropped = true;
    this.#destroyIfIdle(slot);
  }

  #destroyIfIdle({ leases, value }: Slot<Value>): void {
    if (leases === 0) this.#options.destroy(value);
  }
}
