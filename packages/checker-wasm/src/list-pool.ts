import type { BatchedGemmOptions } from '@gemm-preflight/types';
import { type CheckerInstance, poolReserve } from './instance.js';

/** The longest list that is read: 64 MiB of a checker's memory, and far more batches than a launch can have. */
export const longestList = 2 ** 24;

/** Where lists go, and how much of it is taken. */
export interface ListPool {
  /** First slot of the pool in the instance's memory. */
  readonly base: number;
  /** The next free entry, counted from the base. */
  next: number;
}

/** A pool with nothing in it but the module's own entries. */
export function emptyPool(instance: CheckerInstance): ListPool {
  return { base: instance.poolSlot, next: poolReserve };
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) && list.length <= longestList ? list.length : 0;
}

/** How many entries of a pool these options take, as far as they are lists that are read. */
export function poolNeed(options: BatchedGemmOptions): number {
  return lengthOf(options.batchedM) + lengthOf(options.batchedN);
}
