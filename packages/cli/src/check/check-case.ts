import {
  type AppliedFix,
  applyFixes,
  type Checker,
  type CheckSettings,
  findInvalidInput,
  type UnfixedError,
} from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  type CheckResult,
  type Diagnostic,
  defaultRuleSet,
  type Target,
  targets,
} from '@gemm-preflight/types';
import type { Case } from '../input/case.js';
import { defaultTarget } from '../input/names.js';

/** The result for input that is no configuration: its options are whatever was given, or null. */
export interface InvalidResult {
  readonly ok: false;
  readonly ruleSet: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly options: unknown;
  readonly sharedMemory: null;
  readonly launch: null;
}

/** A case and what the check found. */
export interface CheckedCase {
  readonly case: Case;
  readonly target: Target;
  /** Of what was given, or where it was fixed, of that. */
  readonly result: CheckResult | InvalidResult;
  /** The fixes that were applied before; empty where there was nothing to fix, or none were asked for. */
  readonly fixed: readonly AppliedFix[];
  /** The errors that fixing has left, and why; undefined where nothing was to be fixed. */
  readonly unfixed?: readonly UnfixedError[];
}

/** How to check cases. */
export interface CheckRequest {
  readonly checker: Checker;
  readonly settings: CheckSettings;
  /** For all cases, whatever target they name themselves. */
  readonly target: Target | undefined;
  /** Apply fixes first: of the kernel's options, or of the problem's sizes too. */
  readonly fix?: 'kernel' | 'problem' | undefined;
}

/** Checks a case. Whatever is wrong with it becomes a diagnostic. */
export function checkCase(given: Case, { checker, settings, target, fix }: CheckRequest): CheckedCase {
  const on = target ?? targets[given.target ?? defaultTarget];
  if (given.faults.length > 0) {
    const result = refuse(given, settings);
    const unfixed = result.diagnostics.map(({ rule }) => ({ rule, reason: 'no fix' as const }));
    return { case: given, target: on, result, fixed: [], ...(fix && { unfixed }) };
  }
  // The checker takes what JSON holds: it tells options from anything else itself.
  const options = given.options as BatchedGemmOptions;
  if (fix === undefined) {
    return { case: given, target: on, result: checker.check(options, on, settings), fixed: [] };
  }
  const { applied, unfixed, result } = applyFixes(checker, options, on, {
    ...settings,
    fixProblem: fix === 'problem',
  });
  return { case: given, target: on, result, fixed: applied, unfixed };
}

function refuse({ faults, options }: Case, { ruleSet = defaultRuleSet }: CheckSettings): InvalidResult {
  const inOptions = options === null ? [] : findInvalidInput(options);
  const diagnostics = [...faults, ...inOptions];
  return { ok: false, ruleSet, diagnostics, options, sharedMemory: null, launch: null };
}
