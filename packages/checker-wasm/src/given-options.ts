import type { BatchedGemmOptions, OptionChange } from '@gemm-preflight/types';
import { type CheckerInstance, poolReserve } from './instance.js';
import { emptyPool, type ListPool, poolNeed } from './list-pool.js';
import { writeOption, writeOptions } from './write-options.js';

/** A configuration in an instance's memory, to be checked as it was given, and with some options changed. */
export class GivenOptions {
  readonly #instance: CheckerInstance;
  #pool: ListPool;

  constructor(instance: CheckerInstance) {
    this.#instance = instance;
    this.#pool = emptyPool(instance);
  }

  /** Takes a configuration. Returns whether it is valid input; if not, there is nothing to check. */
  write(options: BatchedGemmOptions): boolean {
    this.#instance.reserve(poolNeed(options), 0);
    this.#pool = emptyPool(this.#instance);
    return writeOptions(this.#instance, this.#instance.givenSlot, options, this.#pool);
  }

  /** Checks what was given. Returns the first error's rule id, or -1. */
  check(settings: number): number {
    this.#instance.takeGiven();
    return this.#instance.check(settings);
  }

  /** Checks what was given with some options changed. Returns whether the changes are valid input; if not, nothing is checked. */
  checkChanged(changes: readonly OptionChange[], settings: number): boolean {
    const instance = this.#instance;
    instance.takeGiven();
    // Behind the lists that were given: the next changes need these once more.
    const pool = { base: this.#pool.base, next: this.#pool.next };
    for (const { field, to } of changes) {
      if (Array.isArray(to)) instance.reserve(pool.next - poolReserve + to.length, 0);
      if (!writeOption(instance, instance.optionsSlot, field, to, pool)) return false;
    }
    instance.check(settings);
    return true;
  }
}
