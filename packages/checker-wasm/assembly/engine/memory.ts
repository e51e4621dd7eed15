import { OPTIONS_BYTES, Options } from '../generated/options';
import { RESULT_BYTES, TARGET_BYTES, Target } from '../generated/records';

// The module's fixed records. The host writes options and target, and reads the result and the adjusted options.

export const OPTIONS: usize = memory.data(OPTIONS_BYTES, 16);
export const TARGET: usize = memory.data(TARGET_BYTES, 16);
export const RESULT: usize = memory.data(RESULT_BYTES, 16);

/** The first address that the module itself does not use, a multiple of 16: the list pool and packed records go there. */
export const HEAP: usize = (__heap_base + 15) & ~15;

let poolAddress: usize = 0;
let poolLength: i32 = 0;

/** The default list of batch sizes, at the start of every pool. */
export const DEFAULT_LIST_START: i32 = 0;
export const DEFAULT_LIST_COUNT: i32 = 2;

/**
 * Says where the list pool is: `length` 32-bit integers at `address`, the first two of which belong to the module.
 * Returns whether it lies in memory.
 */
export function setListPool(address: usize, length: i32): bool {
  const end = <u64>address + (<u64>length << 2);
  if (length < DEFAULT_LIST_COUNT || address < HEAP || end > (<u64>memory.size()) << 16) return false;
  poolAddress = address;
  poolLength = length;
  store<i32>(address, 128);
  store<i32>(address + 4, 256);
  return true;
}

/** Whether a list lies in the pool. */
// @ts-expect-error: decorator
@inline
export function listInPool(start: i32, count: i32): bool {
  // Two numbers of 31 bits have a sum of 32.
  return ((start | count) >= 0) & (<u32>(start + count) <= <u32>poolLength);
}

/** An entry of a list that is known to lie in the pool. */
// @ts-expect-error: decorator
@inline
export function listEntry(start: i32, index: i32): i32 {
  return load<i32>(poolAddress + ((<usize>(start + index)) << 2));
}

// @ts-expect-error: decorator
@inline
export function target(): Target {
  return changetype<Target>(TARGET);
}

// @ts-expect-error: decorator
@inline
export function optionsAt(address: usize): Options {
  return changetype<Options>(address);
}
