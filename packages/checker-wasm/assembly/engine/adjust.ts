import { Options } from '../generated/options';
import { DIAGNOSTIC_BYTES, DiagnosticAt, MAX_CHANGES, MAX_DIAGNOSTICS } from '../generated/records';
import { canRead, copied, reporting } from './record';

// Adjustments and notes rewrite the record. For a report, they log what they changed.

/** Entries of the log: adjustments and notes as they happened, each as a diagnostic of the result record. */
const LOG: usize = memory.data(MAX_DIAGNOSTICS * DIAGNOSTIC_BYTES, 16);
let length: i32 = 0;
let current: usize = 0;

/** The rule whose adjustment left 32 bits, or -1. */
export let overflowedRule: i32 = -1;

/** Empties the log. */
export function beginLog(): void {
  length = 0;
  overflowedRule = -1;
}

export function logLength(): i32 {
  return length;
}

/** The address of an entry of the log. */
// @ts-expect-error: decorator
@inline
export function logEntry(index: i32): usize {
  return LOG + <usize>(index * DIAGNOSTIC_BYTES);
}

/** Whether an adjustment of this verdict left 32 bits; asked once. */
export function hasOverflowed(): bool {
  const overflowed = overflowedRule >= 0;
  overflowedRule = -1;
  return overflowed;
}

/**
 * The record in which an adjustment or a note whose condition holds is to be made, by `set`; null where it has nothing to compute
 * with.
 */
export function adjusting(o: Options, rule: i32): Options | null {
  if (!reporting()) return copied();
  return beginEntry(rule) ? o : null;
}

function beginEntry(rule: i32): bool {
  if (!canRead(rule)) return false;
  // The catalog has fewer rules than the log has room; a test holds that.
  current = logEntry(length++);
  store<i32>(current + DiagnosticAt.RULE, rule);
  store<i32>(current + DiagnosticAt.NUM_CHANGES, 0);
  return true;
}

/** Rewrites an option, and logs the change with the current adjustment. Nothing is logged where nothing changes. */
// @ts-expect-error: decorator
@inline
export function set(o: Options, slot: i32, value: i32): void {
  const address = changetype<usize>(o) + (<usize>slot << 2);
  if (reporting()) logChange(slot, load<i32>(address), value);
  store<i32>(address, value);
}

function logChange(slot: i32, before: i32, value: i32): void {
  const index = load<i32>(current + DiagnosticAt.NUM_CHANGES);
  if (before == value || index >= MAX_CHANGES) return;
  const change = current + DiagnosticAt.CHANGES + <usize>(index * 12);
  store<i32>(change, slot);
  store<i32>(change, before, 4);
  store<i32>(change, value, 8);
  store<i32>(current + DiagnosticAt.NUM_CHANGES, index + 1);
}

/** The same where it happens too rarely to be worth its room in every place. */
export function setRarely(o: Options, slot: i32, value: i32): void {
  set(o, slot, value);
}

/** Rewrites a float option. */
export function setFloat(o: Options, slot: i32, value: f32): void {
  setRarely(o, slot, reinterpret<i32>(value));
}

/** Rewrites a size with a value that may not fit; one that does not is an error of `rule` instead. */
export function setSize(o: Options, slot: i32, value: i64, rule: i32): void {
  if (value <= i32.MAX_VALUE) set(o, slot, <i32>value);
  else if (overflowedRule < 0) overflowedRule = rule;
}

/** Undoes the changes of the log's entries from one on, the newest first. */
export function takeBack(from: i32, o: Options): void {
  for (let i = length - 1; i >= from; i--) {
    const entry = logEntry(i);
    for (let j = load<i32>(entry + DiagnosticAt.NUM_CHANGES) - 1; j >= 0; j--) {
      const change = entry + DiagnosticAt.CHANGES + <usize>(j * 12);
      store<i32>(changetype<usize>(o) + (<usize>load<i32>(change) << 2), load<i32>(change, 4));
    }
  }
}
