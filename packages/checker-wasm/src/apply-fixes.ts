import type { BatchedGemmOptions, CheckResult, Diagnostic, Target, TargetName } from '@gemm-preflight/types';
import type { Checker, CheckSettings } from './checker.js';
import {
  type AppliedFix,
  changesProblem,
  type FixState,
  searchFixes,
  withoutNeedless,
} from './fix-search.js';

/** How to fix. */
export interface FixSettings extends Omit<CheckSettings, 'stopAtFirst'> {
  /**
   * Also change the problem: m, n, k and the tokens of batches. Default false: a kernel's tiles are the caller's to choose,
   * but a padded problem is another problem.
   */
  readonly fixProblem?: boolean;
}

/** Why an error is left. */
export type UnfixedReason =
  /** No fix of it is offered. */
  | 'no fix'
  /** A fix of it changes the problem, which is the caller's to allow. */
  | 'needs fixProblem'
  /** All its fixes were tried, also one after the other, and none leads to fewer errors. */
  | 'does not help';

/** An error that is left. */
export interface UnfixedError {
  readonly rule: string;
  readonly reason: UnfixedReason;
}

/** What fixing came to. */
export interface FixOutcome {
  /** In the order in which they were applied; empty where there was nothing to fix, or nothing could be. */
  readonly applied: readonly AppliedFix[];
  /** The errors that are left, in the order of the result's diagnostics; empty where it passes. */
  readonly unfixed: readonly UnfixedError[];
  /** The options with the fixes in them, as a caller would write them: without the check's own adjustments. */
  readonly options: BatchedGemmOptions;
  /** The check of these options. */
  readonly result: CheckResult;
}

/**
 * Applies fixes of a configuration's errors, for as few errors as it finds a way to; among ways to equally few, one that changes
 * the kernel's options rather than the problem, and nothing that is needless. It never leaves more errors than there were, with
 * `fixProblem` none more than without, and what it gives back it leaves as it is.
 * @throws {RangeError} when the target or the rule set is unknown
 */
export function applyFixes(
  checker: Checker,
  options: BatchedGemmOptions,
  target: Target | TargetName,
  settings: FixSettings = {},
): FixOutcome {
  const { fixProblem = false, ...checkSettings } = settings;
  const check = (given: BatchedGemmOptions) => checker.check(given, target, checkSettings);
  let state: FixState = { options, result: check(options), applied: [] };
  for (;;) {
    const next = fewerErrors(state, check, fixProblem);
    if (next === state) break;
    state = withoutNeedless(options, next, check);
  }
  const { applied, options: fixed, result } = state;
  return { applied, unfixed: unfixedErrors(result, fixProblem), options: fixed, result };
}

/** A state with fewer errors, or the same if none is found. The problem changes only where the kernel's options do not do. */
function fewerErrors(
  start: FixState,
  check: (options: BatchedGemmOptions) => CheckResult,
  fixProblem: boolean,
): FixState {
  const ofKernel = searchFixes([start], { check, allows: (fix) => !changesProblem(fix) });
  if (!fixProblem) return ofKernel;
  // Both ways lie open: to pad the problem for the options as they were, and for what the kernel's fixes made of them.
  return searchFixes([ofKernel, start], { check, allows: () => true });
}

function unfixedErrors({ diagnostics }: CheckResult, fixProblem: boolean): readonly UnfixedError[] {
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map((error) => ({ rule: error.rule, reason: reasonOf(error, fixProblem) }));
}

function reasonOf({ fixes = [] }: Diagnostic, fixProblem: boolean): UnfixedReason {
  if (fixes.length === 0) return 'no fix';
  return !fixProblem && fixes.some(changesProblem) ? 'needs fixProblem' : 'does not help';
}
