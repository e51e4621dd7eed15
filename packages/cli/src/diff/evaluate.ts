import { type Checker, mismatches, optionsFor, otherThanCompiled } from '@gemm-preflight/checker-wasm';
import { type KernelInfo, type Problem, type RuleSetName, runsOn, type Target } from '@gemm-preflight/types';
import { checkCase } from '../check/check-case.js';
import type { Case } from '../input/case.js';
import type { NamedKernels } from '../input/named-kernels.js';
import { targetBuiltFor } from '../input/names.js';
import { kernelFindings } from '../kernel-findings.js';
import { adjustments, type Entry, type Finding, type Outcome } from './entry.js';

/** How to check the entries of a side. */
export interface EvaluateRequest {
  readonly checker: Checker;
  /** Those that cases name. */
  readonly kernels: NamedKernels;
  /** Undefined: of cases their own, their kernel's or the default, of kernels their own. */
  readonly ruleSet: RuleSetName | undefined;
  readonly onlyRuleSet: boolean;
  /** Undefined: of cases their own, of kernels the first preset of their architecture. */
  readonly target: Target | undefined;
}

/** Checks a case. */
export function evaluateCase(
  given: Case,
  { checker, kernels, ruleSet, onlyRuleSet, target }: EvaluateRequest,
): Entry {
  const settings = { ...(ruleSet && { ruleSet }), onlyRuleSet };
  const { result, target: on } = checkCase(given, { checker, kernels, settings, target });
  const { label, name, ruleSet: own, kernel, place } = given;
  const options = asRecord(given.options);
  return {
    label,
    name,
    given: {
      target: on.name,
      ...(own && { ruleSet: own }),
      ...(kernel !== undefined && { kernel }),
      ...options,
    },
    place: () => (place.file === undefined ? undefined : `${place.file}:${place.start().startLine}`),
    problem: undefined,
    outcome: {
      ok: result.ok,
      target: on.name,
      ruleSet: result.ruleSet,
      findings: result.diagnostics.map(findingOf),
      adjusted: adjustments(options, asRecord(result.options)),
    },
  };
}

/** The GPU to hold a kernel against: the one asked for, or the first preset that it was built for. */
export function targetOf(kernel: KernelInfo, asked: Target | undefined): Target | undefined {
  if (asked === undefined) return targetBuiltFor(kernel);
  return runsOn(kernel.arch, asked) ? asked : undefined;
}

/**
 * Holds a kernel against a problem.
 * @param dynamicBatches the batches' sizes are known on the device alone
 */
export function evaluateKernel(
  kernel: KernelInfo,
  problem: Problem,
  target: Target,
  { checker, ruleSet: asked, onlyRuleSet }: Omit<EvaluateRequest, 'kernels'>,
  dynamicBatches = false,
): Outcome {
  const ruleSet = asked ?? kernel.ruleSet;
  const about = { target: target.name, ruleSet };
  const other = mismatches(kernel, problem, target, dynamicBatches)
    .map(({ message }) => message)
    .map(against(kernelFindings.mismatch));
  if (other.length > 0) return { ...about, ok: false, findings: other, adjusted: [] };
  const options = optionsFor(kernel, problem);
  const result = checker.check(options, target, { ruleSet, onlyRuleSet, kernel });
  const adjusted = adjustments({ ...options }, { ...result.options });
  const compiled = result.ok
    ? otherThanCompiled(kernel, result.options).map(against(kernelFindings.notAsCompiled))
    : [];
  const findings = [...result.diagnostics.map(findingOf), ...compiled];
  return { ...about, ok: result.ok && compiled.length === 0, findings, adjusted };
}

function against(rule: string): (message: string) => Finding {
  return (message) => ({ rule, severity: 'error', message });
}

function findingOf({ rule, severity, message }: Finding): Finding {
  return { rule, severity, message };
}

/** What a user put in the options' place may be anything. */
function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return value === null ? {} : { options: value };
  return { ...value };
}
