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
  type KernelInfo,
  type Target,
  targets,
} from '@gemm-preflight/types';
import type { Case } from '../input/case.js';
import type { NamedKernels } from '../input/named-kernels.js';
import { defaultTarget, targetBuiltFor } from '../input/names.js';
import { checkerFor } from './as-compiled.js';

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
  /** The kernel that it was held against; undefined where none was named. */
  readonly kernel: KernelInfo | undefined;
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
  /** Those that the cases name, or the one for all of them. */
  readonly kernels: NamedKernels;
  /** Where no rule set is given: the case’s own, else that of the kernel, or the default. */
  readonly settings: Omit<CheckSettings, 'kernel'>;
  /** For all cases, whatever target they name themselves. */
  readonly target: Target | undefined;
  /** Apply fixes first: of the kernel's options, or of the problem's sizes too. */
  readonly fix?: 'kernel' | 'problem' | undefined;
}

/** Checks a case. Whatever is wrong with it becomes a diagnostic. */
export function checkCase(given: Case, request: CheckRequest): CheckedCase {
  const { kernel, faults } = request.kernels.of(given);
  const target = request.target ?? targetOf(given, kernel);
  const ruleSet = given.ruleSet ?? kernel?.ruleSet;
  const settings = { ...(ruleSet && { ruleSet }), ...request.settings };
  const allFaults = [...given.faults, ...faults];
  if (allFaults.length > 0) {
    const result = refuse(given.options, allFaults, settings);
    const unfixed = result.diagnostics.map(({ rule }) => ({ rule, reason: 'no fix' as const }));
    return { case: given, target, kernel, result, fixed: [], ...(request.fix && { unfixed }) };
  }
  const checker = kernel === undefined ? request.checker : checkerFor(kernel, request.checker);
  // The checker takes what JSON holds: it tells options from anything else itself.
  const options = given.options as BatchedGemmOptions;
  if (request.fix === undefined) {
    const result = checker.check(options, target, settings);
    return { case: given, target, kernel, result, fixed: [] };
  }
  const fixProblem = request.fix === 'problem';
  const { applied, unfixed, result } = applyFixes(checker, options, target, { ...settings, fixProblem });
  return { case: given, target, kernel, result, fixed: applied, unfixed };
}

/** The GPU that a case names, else one that its kernel was built for. */
function targetOf(given: Case, kernel: KernelInfo | undefined): Target {
  if (given.target !== undefined) return targets[given.target];
  return (kernel && targetBuiltFor(kernel)) ?? targets[defaultTarget];
}

function refuse(
  options: unknown,
  faults: readonly Diagnostic[],
  { ruleSet = defaultRuleSet }: CheckSettings,
): InvalidResult {
  const inOptions = options === null ? [] : findInvalidInput(options);
  const diagnostics = [...faults, ...inOptions];
  return { ok: false, ruleSet, diagnostics, options, sharedMemory: null, launch: null };
}
