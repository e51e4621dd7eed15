import { Options } from '../generated/options';
import { DIAGNOSTIC_BYTES, DiagnosticAt, MAX_DIAGNOSTICS, ResultAt, Setting } from '../generated/records';
import { Rule } from '../generated/rules';
import { beginLog, hasOverflowed, logEntry, logLength, overflowedRule, takeBack } from './adjust';
import { Cause, consequencesOf } from './cause';
import { RESULT } from './memory';
import { canRead, findUnreadable, reporting, restoreUnreadable, setReporting, take } from './record';

// What a check finds. A rule whose condition holds `fails`: a check for a verdict ends there, and one that reports goes on
// and collects errors. Afterwards `merge` puts them and what was adjusted in the order of the rules.

/** The errors of the group at hand, in their order: of each the rule, and how many entries the log had, a byte each. */
const ERRORS: usize = memory.data(MAX_DIAGNOSTICS * 2, 2);
let errorsOfGroup: i32 = 0;

let stopAtFirst: bool = false;
let numDiagnostics: i32 = 0;
let numErrors: i32 = 0;
let firstError: i32 = -1;

/** Causes that have been reported, or that follow from unreadable options. */
let explained: Cause = 0;

/** Starts a check of a record whose findings are to be reported. */
export function begin(o: Options, settings: i32): void {
  setReporting(true);
  take(o);
  beginLog();
  firstError = -1;
  stopAtFirst = (settings & Setting.STOP_AT_FIRST) != 0;
  numDiagnostics = 0;
  numErrors = 0;
  explained = 0;
}

/** Starts checks that only ask for the first error. */
export function beginVerdicts(): void {
  setReporting(false);
  beginLog();
}

/** Goes on without options that are no sizes, unless this check ends at the first error, which speaks of them. */
export function goOnWithout(o: Options): void {
  if (!stopAtFirst) explained = consequencesOf(findUnreadable(o));
}

/** Ends a check: writes the counts. */
export function end(): void {
  restoreUnreadable();
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

/** Starts a group of rules. */
// @ts-expect-error: decorator
@inline
export function beginGroup(): void {
  errorsOfGroup = 0;
}

/** Reports the errors of a group in which nothing is adjusted, and no rule says the same as another. */
export function reportGroup(): void {
  for (let i = 0; i < errorsOfGroup; i++) if (report(load<u8>(ERRORS + 2 * i))) return;
}

/** A rule's condition holds. Returns whether the check ends here. */
export function fails(rule: i32): bool {
  if (reporting()) {
    const at = ERRORS + 2 * errorsOfGroup++;
    store<u8>(at, <u8>rule);
    store<u8>(at, <u8>logLength(), 1);
    return false;
  }
  firstError = rule;
  return true;
}

/** Whether a check for a verdict ends because an adjustment left 32 bits. */
// @ts-expect-error: decorator
@inline
export function endedByOverflow(): bool {
  if (reporting() || !hasOverflowed()) return false;
  firstError = Rule.ADJUSTMENT_OVERFLOW;
  return true;
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
  for (let i = 0; i < errorsOfGroup; i++) {
    const rule: i32 = load<u8>(ERRORS + 2 * i);
    taken = takeLogUpTo(load<u8>(ERRORS + 2 * i, 1), taken, o);
    if (stopped()) return;
    const causes = causesOf(rule, o);
    const stop = causes != 0 ? reportCauses(rule, causes) : canRead(rule) ? report(rule) : false;
    if (stop) return takeBack(taken, o);
  }
  takeLogUpTo(logLength(), taken, o);
}

/** Moves entries of the log up to one to the result. Returns how many have been moved by now. */
function takeLogUpTo(end: i32, taken: i32, o: Options): i32 {
  for (; taken < end; taken++) {
    const entry = logEntry(taken);
    const by = load<i32>(entry + DiagnosticAt.RULE);
    memory.copy(next(), entry, DIAGNOSTIC_BYTES);
    if (by == overflowedRule && report(Rule.ADJUSTMENT_OVERFLOW)) {
      takeBack(taken + 1, o);
      break;
    }
  }
  return taken;
}
