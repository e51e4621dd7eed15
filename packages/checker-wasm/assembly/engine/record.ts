import { OPTIONS_BYTES, Options, Slot } from '../generated/options';
import { RULE_FIELDS, SIZES_ABOVE_ZERO } from '../generated/rules';
import { optionsAt } from './memory';

// The record that is checked. A check that reports rewrites it; a check for a verdict leaves it as it is.

/** Whether the rules are to report everything, and not only find the first error. */
let isReport: bool = false;
/** The record with the adjustments made so far. */
let record: usize = 0;
/** What a verdict rewrites in its place; what a report has kept of one with unreadable options. */
const COPY: usize = memory.data(OPTIONS_BYTES, 16);
/** Options whose own value is no size: rules that read them have nothing to say. */
let unreadable: u64 = 0;

/** Says what the checks to come are for. */
export function setReporting(reports: bool): void {
  isReport = reports;
  unreadable = 0;
}

// @ts-expect-error: decorator
@inline
export function reporting(): bool {
  return isReport;
}

/** Takes up a record. */
// @ts-expect-error: decorator
@inline
export function take(o: Options): void {
  record = changetype<usize>(o);
}

/** The record with the adjustments made so far. */
// @ts-expect-error: decorator
@inline
export function adjusted(): Options {
  return optionsAt(record);
}

/** The record that a verdict may rewrite. */
export function copied(): Options {
  if (record != COPY) copyRecord(record);
  record = COPY;
  return optionsAt(COPY);
}

/** Unrolled: a loop, or a call to the engine, would take longer than all that it copies. */
function copyRecord(from: usize): void {
  if (OPTIONS_BYTES != 152) ERROR('copyRecord copies 152 bytes, and a record has another size');
  v128.store(COPY, v128.load(from));
  v128.store(COPY, v128.load(from, 16), 16);
  v128.store(COPY, v128.load(from, 32), 32);
  v128.store(COPY, v128.load(from, 48), 48);
  v128.store(COPY, v128.load(from, 64), 64);
  v128.store(COPY, v128.load(from, 80), 80);
  v128.store(COPY, v128.load(from, 96), 96);
  v128.store(COPY, v128.load(from, 112), 112);
  v128.store(COPY, v128.load(from, 128), 128);
  store<u64>(COPY, load<u64>(from, 144), 144);
}

/** An option as a set of options. */
// @ts-expect-error: decorator
@inline
export function bit(slot: i32): u64 {
  return (<u64>1) << slot;
}

/**
 * Finds the options whose own value is no size, so that a report can go on without them, and returns them. Divisors among them
 * count as 1 until `restoreUnreadable`: rules that read them stay silent, but compute all the same.
 */
export function findUnreadable(o: Options): u64 {
  const base = changetype<usize>(o);
  copyRecord(base);
  let sizes = SIZES_ABOVE_ZERO | bit(Slot.M) | bit(Slot.N) | bit(Slot.K) | bit(Slot.NUM_SLICES_FOR_SPLIT_K);
  while (sizes != 0) {
    const slot = <i32>ctz(sizes);
    const address = base + (slot << 2);
    if (load<i32>(address) < 1) {
      unreadable |= bit(slot);
      if ((SIZES_ABOVE_ZERO & bit(slot)) != 0) store<i32>(address, 1);
    }
    sizes &= sizes - 1;
  }
  return unreadable;
}

/** Gives unreadable options their values back. */
export function restoreUnreadable(): void {
  for (let left = unreadable; left != 0; left &= left - 1) {
    const offset = <usize>ctz(left) << 2;
    store<i32>(record + offset, load<i32>(COPY + offset));
  }
}

/** Whether all of these options hold values that a rule can compute with. */
// @ts-expect-error: decorator
@inline
export function readable(fields: u64): bool {
  return (unreadable & fields) == 0;
}

/** The unreadable options from a slot on, that slot's as bit 0. */
// @ts-expect-error: decorator
@inline
export function unreadableFrom(slot: i32): i32 {
  return <i32>(unreadable >> slot);
}

/** Whether a rule of a rule set can compute with all that it reads. */
// @ts-expect-error: decorator
@inline
export function canRead(rule: i32): bool {
  return readable(load<u64>(RULE_FIELDS + (<usize>rule << 3)));
}
