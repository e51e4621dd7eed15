import { Options, Slot } from '../generated/options';
import { DIAGNOSTIC_BYTES, DiagnosticAt, MAX_CHANGES, MAX_DIAGNOSTICS, ResultAt, Setting } from '../generated/records';
import { RULE_FIELDS, Rule, SIZES_ABOVE_ZERO } from '../generated/rules';
import { Cause, consequencesOf } from './cause';
import { RESULT } from './memory';

// What a check has found so far. Diagnostics go to the result record in the order in which rules find them; the host
// replays the changes to know the values that each rule saw.

let stopAtFirst: bool = false;
let numDiagnostics: i32 = 0;
let numErrors: i32 = 0;
let firstError: i32 = -1;
/** Options whose own value is no size: rules that read them have nothing to say. */
let unreadable: u64 = 0;
/** Causes that have been reported, or that follow from unreadable options. */
let explained: Cause = 0;
/** The diagnostic being written, and the options that its changes go to. */
let current: usize = 0;

/** Starts a check. */
export function begin(settings: i32): void {
  stopAtFirst = (settings & Setting.STOP_AT_FIRST) != 0;
  numDiagnostics = 0;
  numErrors = 0;
  firstError = -1;
  unreadable = 0;
  explained = 0;
}

/** Ends a check: writes the counts. */
export function end(): void {
  store<i32>(RESULT + ResultAt.NUM_DIAGNOSTICS, numDiagnostics);
  store<i32>(RESULT + ResultAt.NUM_ERRORS, numErrors);
}

/** The first error's rule, or -1. */
export function firstErrorRule(): i32 {
  return firstError;
}

/** Whether all of these options hold values that a rule can compute with. */
// @ts-expect-error: decorator
@inline
export function readable(fields: u64): bool {
  return (unreadable & fields) == 0;
}

/** Finds the options whose own value is no size, so that a check of everything can go on without them. */
export function findUnreadable(o: Options): void {
  if (stopAtFirst) return;
  const base = changetype<usize>(o);
  let sizes = SIZES_ABOVE_ZERO | bit(Slot.M) | bit(Slot.N) | bit(Slot.K) | bit(Slot.NUM_SLICES_FOR_SPLIT_K);
  while (sizes != 0) {
    const slot = <i32>ctz(sizes);
    if (load<i32>(base + (slot << 2)) < 1) unreadable |= bit(slot);
    sizes &= sizes - 1;
  }
  if (unreadable != 0) explained = consequencesOf(unreadable);
}

// @ts-expect-error: decorator
@inline
function bit(slot: i32): u64 {
  return (<u64>1) << slot;
}

function add(rule: i32): void {
  // The catalog has fewer rules than a result has room; a test holds that.
  if (numDiagnostics < MAX_DIAGNOSTICS) {
    current = RESULT + ResultAt.DIAGNOSTICS + <usize>(numDiagnostics * DIAGNOSTIC_BYTES);
    numDiagnostics++;
  }
  store<i32>(current + DiagnosticAt.RULE, rule);
  store<i32>(current + DiagnosticAt.NUM_CHANGES, 0);
}

/** Whether a check that stops at its first error has found it. */
// @ts-expect-error: decorator
@inline
function stopped(): bool {
  return stopAtFirst && numErrors > 0;
}

function addError(rule: i32): bool {
  if (stopped()) return true;
  if (numErrors++ == 0) firstError = rule;
  add(rule);
  return stopAtFirst;
}

/** Reports an error where its condition holds. Returns whether the check ends here. */
// @ts-expect-error: decorator
@inline
export function error(rule: i32, violated: bool): bool {
  return violated ? errorOf(rule) : false;
}

function errorOf(rule: i32): bool {
  return readable(load<u64>(RULE_FIELDS + (<usize>rule << 3))) ? addError(rule) : false;
}

/** Reports an error where some of its causes are new. Returns whether the check ends here. */
// @ts-expect-error: decorator
@inline
export function errorBecause(rule: i32, causes: Cause): bool {
  return causes != 0 ? errorOfCauses(rule, causes) : false;
}

function errorOfCauses(rule: i32, causes: Cause): bool {
  if (stopAtFirst) return addError(rule);
  if ((causes & ~explained) == 0) return false;
  explained |= causes;
  return addError(rule);
}

/** Reports a value that is itself out of range, before anything is computed from it. */
export function errorOfValue(rule: i32): bool {
  return addError(rule);
}

/** Starts an adjustment or a note; false where the rule has nothing to compute with. Changes follow through `set`. */
export function adjust(rule: i32): bool {
  if (stopped() || !readable(load<u64>(RULE_FIELDS + (<usize>rule << 3)))) return false;
  add(rule);
  return true;
}

/** Rewrites an option, and keeps the change with the current diagnostic. Nothing is kept where nothing changes. */
export function set(o: Options, slot: i32, value: i32): void {
  const address = changetype<usize>(o) + (<usize>slot << 2);
  const before = load<i32>(address);
  if (before == value) return;
  store<i32>(address, value);
  const index = load<i32>(current + DiagnosticAt.NUM_CHANGES);
  if (index >= MAX_CHANGES) return;
  const change = current + DiagnosticAt.CHANGES + <usize>(index * 12);
  store<i32>(change, slot);
  store<i32>(change, before, 4);
  store<i32>(change, value, 8);
  store<i32>(current + DiagnosticAt.NUM_CHANGES, index + 1);
}

/** Rewrites a float option. */
export function setFloat(o: Options, slot: i32, value: f32): void {
  set(o, slot, reinterpret<i32>(value));
}

/** Rewrites a size with a value that may not fit; one that does not is an error instead. Returns whether it fitted. */
export function setSize(o: Options, slot: i32, value: i64): bool {
  if (value > i32.MAX_VALUE) {
    addError(Rule.ADJUSTMENT_OVERFLOW);
    return false;
  }
  set(o, slot, <i32>value);
  return true;
}
