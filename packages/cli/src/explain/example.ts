import { applyFix, applyFixes, createCheckerSync } from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  type CheckResult,
  type Diagnostic,
  defaultRuleSet,
  explanationOf,
  type Fix,
  type KernelFacts,
  type OptionChange,
  type OptionName,
  type RuleDescription,
  type RuleSetName,
  ruleSetsOf,
  type TargetName,
} from '@gemm-preflight/types';
import { silenced } from './silenced.js';
import { soundKernel, soundOptions, soundTarget, type Violation, violations } from './violations.js';

/** The rule set that an example of a rule is checked by, where it is not the default. */
function otherRuleSetOf(rule: RuleDescription): RuleSetName | undefined {
  const sets = ruleSetsOf(rule);
  return sets.includes(defaultRuleSet) ? undefined : sets[0];
}

/** A configuration of an example, complete, so that it can be checked. */
export interface ExampleCase {
  readonly target: TargetName;
  /** The rule set to check by; absent for the default. */
  readonly ruleSet?: RuleSetName;
  readonly options: BatchedGemmOptions;
  /** How it differs from the sound configuration. */
  readonly changes: readonly OptionChange[];
  /** The kernel that the check is told of; absent where the rule is not about kernels. */
  readonly kernel?: KernelFacts;
}

/** What a rule says of a configuration that breaks it, and one that it has nothing to say of. */
export interface RuleExample {
  readonly wrong: ExampleCase;
  /** What the checker found in it; of this rule alone, or of the rule that speaks in its place. */
  readonly diagnostic: Diagnostic;
  /** No other rule finds an error in it. */
  readonly alone: boolean;
  /** The rule that speaks in place of this one, which never does. */
  readonly spokenBy?: string;
  readonly right: ExampleCase;
  /** What the right one changes in the wrong one; empty where it is the target alone. */
  readonly mended: readonly OptionChange[];
  /** What the checker has to say of the right one still. */
  readonly others: readonly Diagnostic[];
  readonly remedy: Remedy;
}

/** What to do about a finding. */
export type Remedy =
  /** Fixes are offered; `written` is the one that --fix (or --fix-problem) writes, if it writes one. */
  | {
      readonly kind: 'fixes';
      readonly fixes: readonly Fix[];
      readonly written?: { readonly fix: Fix; readonly flag: '--fix' | '--fix-problem' };
    }
  /** An error that no rule can mend by itself; `why` where the rule's explanation says so. */
  | { readonly kind: 'none'; readonly why?: string }
  /** The checker rewrote or filled in something; `silences`: writing that into the options silences the rule. */
  | { readonly kind: 'rewritten'; readonly silences: boolean };

/**
 * Has the checker judge a configuration that breaks a rule, and one that does not. Undefined where none is known.
 * @throws {Error} when the configuration that should be right is not
 */
export function exampleOf(rule: RuleDescription): RuleExample | undefined {
  const by = silenced[rule.name]?.by;
  const violation = violations[rule.name] ?? silenced[rule.name];
  if (violation === undefined) return undefined;
  const wrong = caseOf({ ...soundOptions, ...violation.change }, violation.target ?? soundTarget, {
    kernel: violation.kernel && { ...soundKernel, ...violation.kernel },
    ruleSet: otherRuleSetOf(rule),
  });
  const spoken = by ?? rule.name;
  const found = check(wrong).diagnostics;
  const diagnostic = found.find((one) => one.rule === spoken);
  if (diagnostic === undefined) return undefined;
  const right = candidates(wrong, diagnostic, violation).find((given) => isRight(given, rule.name, spoken));
  if (right === undefined) {
    throw new Error(`${rule.name}: its "right" configuration is not right`);
  }
  return {
    wrong,
    diagnostic,
    alone: found.every((other) => other === diagnostic || other.severity !== 'error'),
    ...(by !== undefined && { spokenBy: by }),
    right,
    mended: differences(wrong.options, right.options),
    others: check(right).diagnostics,
    remedy: remedyOf(wrong, diagnostic),
  };
}

function check({ options, target, ...settings }: ExampleCase): CheckResult {
  return createCheckerSync().check(options, target, settingsOf(settings));
}

/** What a check has to know beside options and target. */
interface Told {
  readonly kernel?: KernelFacts | undefined;
  readonly ruleSet?: RuleSetName | undefined;
}

function settingsOf({ kernel, ruleSet }: Told): Pick<ExampleCase, 'kernel' | 'ruleSet'> {
  return { ...(kernel && { kernel }), ...(ruleSet && { ruleSet }) };
}

/** Configurations that may be right, the most telling first. */
function candidates(
  wrong: ExampleCase,
  { fixes = [], changes = [] }: Diagnostic,
  { right }: Violation,
): readonly ExampleCase[] {
  const fixed = [...fixes, { title: '', changes }].map((fix) =>
    caseOf(applyFix(wrong.options, fix), wrong.target, wrong),
  );
  const told: Told = { ...wrong, kernel: wrong.kernel && soundKernel };
  if (right === undefined) {
    const sound = [wrong.target, soundTarget].map((target) => caseOf(soundOptions, target, told));
    return [...fixed, ...sound];
  }
  return [caseOf({ ...wrong.options, ...right.change }, right.target ?? wrong.target, told)];
}

function isRight(given: ExampleCase, ...rules: readonly string[]): boolean {
  const { ok, diagnostics } = check(given);
  return ok && !diagnostics.some(({ rule }) => rules.includes(rule));
}

function remedyOf(wrong: ExampleCase, diagnostic: Diagnostic): Remedy {
  const { options, target } = wrong;
  const { rule, severity, fixes = [], changes = [] } = diagnostic;
  if (severity !== 'error') {
    return {
      kind: 'rewritten',
      silences: isRight(caseOf(applyFix(options, { title: '', changes }), target, wrong), rule),
    };
  }
  if (fixes.length === 0) {
    const { noFix } = explanationOf({ name: rule });
    return { kind: 'none', ...(noFix !== undefined && { why: noFix }) };
  }
  for (const flag of ['--fix', '--fix-problem'] as const) {
    const settings = { fixProblem: flag === '--fix-problem', ...settingsOf(wrong) };
    const { applied } = applyFixes(createCheckerSync(), options, target, settings);
    // Another rule may have taken over meanwhile, and offered the same.
    const fix = applied.find(
      (found) => found.rule === rule || fixes.some(({ title }) => title === found.title),
    );
    if (fix !== undefined) return { kind: 'fixes', fixes, written: { fix, flag } };
  }
  return { kind: 'fixes', fixes };
}

function caseOf(options: BatchedGemmOptions, target: TargetName, told: Told): ExampleCase {
  return { target, options, changes: differences(soundOptions, options), ...settingsOf(told) };
}

/** How a case's kernel differs from the sound one, as `sharedMemSize 65536`; empty where it does not, or there is none. */
export function kernelDifferences({ kernel }: ExampleCase): readonly string[] {
  return Object.entries(kernel ?? {})
    .filter(([name, value]) => soundKernel[name as keyof KernelFacts] !== value)
    .map(([name, value]) => `${name} ${value}`);
}

/** The options that two configurations do not share. */
function differences(before: BatchedGemmOptions, after: BatchedGemmOptions): readonly OptionChange[] {
  const names = Object.keys({ ...before, ...after }) as OptionName[];
  return names
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({ field, from: before[field], to: after[field] }));
}
