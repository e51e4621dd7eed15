import { type Checker, type CheckSettings, findInvalidInput } from '@gemm-preflight/checker-wasm';
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
  readonly result: CheckResult | InvalidResult;
}

/** How to check cases. */
export interface CheckRequest {
  readonly checker: Checker;
  readonly settings: CheckSettings;
  /** For all cases, whatever target they name themselves. */
  readonly target: Target | undefined;
}

/** Checks a case. Whatever is wrong with it becomes a diagnostic. */
export function checkCase(given: Case, { checker, settings, target }: CheckRequest): CheckedCase {
  const on = target ?? targets[given.target ?? defaultTarget];
  if (given.faults.length > 0) return { case: given, target: on, result: refuse(given, settings) };
  // The checker takes what JSON holds: it tells options from anything else itself.
  const result = checker.check(given.options as BatchedGemmOptions, on, settings);
  return { case: given, target: on, result };
}

function refuse({ faults, options }: Case, { ruleSet = defaultRuleSet }: CheckSettings): InvalidResult {
  const inOptions = options === null ? [] : findInvalidInput(options);
  const diagnostics = [...faults, ...inOptions];
  return { ok: false, ruleSet, diagnostics, options, sharedMemory: null, launch: null };
}
