import type {
  BatchedGemmOptions,
  CheckResult,
  Fix,
  OptionName,
  Target,
  TargetName,
} from '@gemm-preflight/types';
import type { Checker, CheckSettings } from './checker.js';
import { applyFix } from './fixes.js';

/** How to fix. */
export interface FixSettings extends Omit<CheckSettings, 'stopAtFirst'> {
  /**
   * Also change the problem: m, n, k and the tokens of batches. Default false: a kernel's tiles are the caller's to choose,
   * but a padded problem is another problem.
   */
  readonly fixProblem?: boolean;
}

/** A fix that was applied, and the rule whose error it removed. */
export interface AppliedFix extends Fix {
  readonly rule: string;
}

/** What fixing came to. */
export interface FixOutcome {
  /** In the order in which they were applied; empty where there was nothing to fix, or nothing could be. */
  readonly applied: readonly AppliedFix[];
  /** The options with the fixes in them, as a caller would write them: without the check's own adjustments. */
  readonly options: BatchedGemmOptions;
  /** The check of these options. Errors that are left have no fix that improves anything. */
  readonly result: CheckResult;
}

/** What describes the problem rather than the kernel. */
const problemFields: ReadonlySet<OptionName> = new Set([
  'm',
  'n',
  'k',
  'batchedM',
  'batchedN',
  'numTokens',
  'numBatches',
]);

/**
 * Applies the fixes of a configuration's errors, one at a time, as long as each leaves fewer errors than there were. So it
 * ends, and never makes things worse. Of a rule's alternatives it takes the first that helps.
 * @throws {RangeError} when the target or the rule set is unknown
 */
export function applyFixes(
  checker: Checker,
  options: BatchedGemmOptions,
  target: Target | TargetName,
  settings: FixSettings = {},
): FixOutcome {
  const { fixProblem = false, ...checkSettings } = settings;
  const applied: AppliedFix[] = [];
  let current = options;
  let result = checker.check(current, target, checkSettings);
  for (;;) {
    const step = nextStep(result, (fix) => {
      if (!fixProblem && fix.changes.some(({ field }) => problemFields.has(field))) return undefined;
      const fixed = applyFix(current, fix);
      return { options: fixed, result: checker.check(fixed, target, checkSettings) };
    });
    if (step === undefined) return { applied, options: current, result };
    applied.push(step.fix);
    current = step.options;
    result = step.result;
  }
}

/** The first fix that leaves fewer errors, and what it leads to. */
function nextStep(
  { diagnostics }: CheckResult,
  attempt: (fix: Fix) => Pick<FixOutcome, 'options' | 'result'> | undefined,
): (Pick<FixOutcome, 'options' | 'result'> & { readonly fix: AppliedFix }) | undefined {
  const errors = countErrors(diagnostics);
  for (const { rule, fixes = [] } of diagnostics) {
    for (const fix of fixes) {
      const next = attempt(fix);
      if (next !== undefined && countErrors(next.result.diagnostics) < errors)
        return { ...next, fix: { rule, ...fix } };
    }
  }
  return undefined;
}

function countErrors(diagnostics: CheckResult['diagnostics']): number {
  return diagnostics.filter(({ severity }) => severity === 'error').length;
}
