import { Options, Slot } from '../generated/options';
import {
  DIAGNOSTIC_BYTES,
  DiagnosticAt,
  MAX_CHANGES,
  MAX_DIAGNOSTICS,
  ResultAt,
  Setting,
} from '../generated/records';
import { RULE_FIELDS, Rule, SIZES_ABOVE_ZERO } from '../generated/rules';
import { Cause, consequencesOf } from './cause';
import { RESULT } from './memory';

// What a check finds. A rule whose condition holds `fails`: a check for a verdict ends there, and one that reports goes on
// and collects errors as a set of bits. Adjustments rewrite the record and log what they changed. Afterwards `merge` puts
// both in the order of the rules.

/** Entries of the log: adjustments and notes as they happened. */
const LOG: usize = memory.data(MAX_DIAGNOSTICS * DIAGNOSTIC_BYTES, 16);
let logLength: i32 = 0;
/** Whether changes are logged; a verdict alone needs none. */
let logging: bool = false;
let current: usize = 0;
/** The rule whose adjustment left 32 bits, or -1. */
let overflowedRule: i32 = -1;

/** What a verdict has rewritten: addresses and what was there. */
const REWRITTEN: usize = memory.data(MAX_DIAGNOSTICS * 8, 16);
let numRewritten: i32 = 0;

/** The errors of the group at hand, by their distance from its first rule. */
let errors: u64 = 0;
let firstOfGroup: i32 = 0;

let stopAtFirst: bool = false;
let numDiagnostics: i32 = 0;
let numErrors: i32 = 0;
let firstError: i32 = -1;

/** Options whose own value is no size: rules that read them have nothing to say. */
let unreadable: u64 = 0;
/** Causes that have been reported, or that follow from unreadable options. */
let explained: Cause = 0;

/** Starts a check whose findings are to be reported. */
export function begin(settings: i32): void {
  logging = true;
  logLength = 0;
  overflowedRule = -1;
  unreadable = 0;
  firstError = -1;
  stopAtFirst = (settings & Setting.STOP_AT_FIRST) != 0;
  numDiagnostics = 0;
  numErrors = 0;
  explained = 0;
}

/** Starts checks that only ask for the first error. */
export function beginVerdicts(): void {
  logging = false;
  overflowedRule = -1;
  unreadable = 0;
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

/** Whether the check has found what it stops at. */
export function stopped(): bool {
  return stopAtFirst && numErrors > 0;
}

/** Starts a group of rules, of at most 64. */
// @ts-expect-error: decorator
@inline
export function beginGroup(first: i32): void {
  errors = 0;
  firstOfGroup = first;
}

/** The errors of the group, by their distance from its first rule. */
export function errorsOfGroup(): u64 {
  return errors;
}

/** A rule's condition holds. Returns whether the check ends here. */
export function fails(rule: i32): bool {
  if (logging) {
    errors |= (<u64>1) << (rule - firstOfGroup);
    return false;
  }
  firstError = rule;
  return true;
}

/** Whether a check for a verdict ends because an adjustment left 32 bits. */
export function endedByOverflow(): bool {
  if (logging || overflowedRule < 0) return false;
  overflowedRule = -1;
  firstError = Rule.ADJUSTMENT_OVERFLOW;
  return true;
}

/** Gives a record what a verdict has rewritten, the newest first. */
// @ts-expect-error: decorator
@inline
export function undo(): void {
  while (numRewritten > 0) {
    const entry = REWRITTEN + (<usize>--numRewritten << 3);
    store<i32>(load<usize>(entry), load<i32>(entry, 4));
  }
}

/** Whether all of these options hold values that a rule can compute with. */
// @ts-expect-error: decorator
@inline
export function readable(fields: u64): bool {
  return (unreadable & fields) == 0;
}

// @ts-expect-error: decorator
@inline
function fieldsOf(rule: i32): u64 {
  return load<u64>(RULE_FIELDS + (<usize>rule << 3));
}

// @ts-expect-error: decorator
@inline
function bit(slot: i32): u64 {
  return (<u64>1) << slot;
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

/** Starts an adjustment or a note; false where the rule has nothing to compute with. Changes follow through `set`. */
export function adjust(rule: i32): bool {
  if (!logging) return true;
  if (!readable(fieldsOf(rule))) return false;
  // The catalog has fewer rules than the log has room; a test holds that.
  current = LOG + <usize>(logLength++ * DIAGNOSTIC_BYTES);
  store<i32>(current + DiagnosticAt.RULE, rule);
  store<i32>(current + DiagnosticAt.NUM_CHANGES, 0);
  return true;
}

/** Rewrites an option, and logs the change with the current adjustment. Nothing is logged where nothing changes. */
export function set(o: Options, slot: i32, value: i32): void {
  const address = changetype<usize>(o) + (<usize>slot << 2);
  if (logging) logChange(slot, load<i32>(address), value);
  else keep(address);
  store<i32>(address, value);
}

/** Remembers what is at an address, to undo a verdict's changes. A check sets fewer options than there is room for. */
function keep(address: usize): void {
  const entry = REWRITTEN + (<usize>numRewritten << 3);
  numRewritten++;
  store<usize>(entry, address);
  store<i32>(entry, load<i32>(address), 4);
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

/** Rewrites a float option. */
export function setFloat(o: Options, slot: i32, value: f32): void {
  set(o, slot, reinterpret<i32>(value));
}

/** Rewrites a size with a value that may not fit; one that does not is an error of `rule` instead. */
export function setSize(o: Options, slot: i32, value: i64, rule: i32): void {
  if (value <= i32.MAX_VALUE) set(o, slot, <i32>value);
  else if (overflowedRule < 0) overflowedRule = rule;
}

/** Reports an error, and what of it is news. Returns whether the check ends here. */
export function report(rule: i32, news: Cause = 0): bool {
  if (numErrors++ == 0) firstError = rule;
  const at = next();
  store<i32>(at + DiagnosticAt.RULE, rule);
  store<i32>(at + DiagnosticAt.CAUSES, <i32>news);
  return stopAtFirst;
}

/** Reports an error of a rule that can say the same as another, if there is something new in it. */
function reportCauses(rule: i32, causes: Cause): bool {
  const news = causes & ~explained;
  explained |= causes;
  return news != 0 ? report(rule, news) : false;
}

/** Room for another diagnostic, without changes as yet. */
function next(): usize {
  const at = RESULT + ResultAt.DIAGNOSTICS + <usize>(numDiagnostics * DIAGNOSTIC_BYTES);
  if (numDiagnostics < MAX_DIAGNOSTICS - 1) numDiagnostics++;
  store<i32>(at + DiagnosticAt.NUM_CHANGES, 0);
  return at;
}

/**
 * Reports what the rules of a group found: the log and the errors, in the order of the rules. A check that stops at its first error
 * takes back what was adjusted behind it.
 * @param causesOf what is wrong, for rules that can say the same as others; 0 for those that cannot
 */
export function merge(o: Options, causesOf: (rule: i32, o: Options) => Cause): void {
  let taken = 0;
  for (let left = errors; left != 0; left &= left - 1) {
    const rule = firstOfGroup + <i32>ctz(left);
    taken = takeLogUpTo(rule, taken, o);
    if (stopped()) return;
    const causes = causesOf(rule, o);
    const stop = causes != 0 ? reportCauses(rule, causes) : readable(fieldsOf(rule)) ? report(rule) : false;
    if (stop) return takeBack(taken, o);
  }
  takeLogUpTo(i32.MAX_VALUE, taken, o);
}

/** Moves entries of the log that come before a rule to the result. Returns how many have been moved by now. */
function takeLogUpTo(rule: i32, taken: i32, o: Options): i32 {
  for (; taken < logLength; taken++) {
    const entry = LOG + <usize>(taken * DIAGNOSTIC_BYTES);
    const by = load<i32>(entry + DiagnosticAt.RULE);
    if (by > rule) break;
    memory.copy(next(), entry, DIAGNOSTIC_BYTES);
    if (by == overflowedRule && report(Rule.ADJUSTMENT_OVERFLOW)) {
      takeBack(taken + 1, o);
      break;
    }
  }
  return taken;
}

/** Undoes the changes of the log's entries from one on, the newest first. */
function takeBack(from: i32, o: Options): void {
  for (let i = logLength - 1; i >= from; i--) {
    const entry = LOG + <usize>(i * DIAGNOSTIC_BYTES);
    for (let j = load<i32>(entry + DiagnosticAt.NUM_CHANGES) - 1; j >= 0; j--) {
      const change = entry + DiagnosticAt.CHANGES + <usize>(j * 12);
      store<i32>(changetype<usize>(o) + (<usize>load<i32>(change) << 2), load<i32>(change, 4));
    }
  }
}
