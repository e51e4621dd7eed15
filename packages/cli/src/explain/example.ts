import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import type {
  BatchedGemmOptions,
  Diagnostic,
  KernelFacts,
  OptionChange,
  OptionName,
  RuleDescription,
  TargetName,
} from '@gemm-preflight/types';
import { soundKernel, soundOptions, soundTarget, violations } from './violations.js';

/** What a rule says of a configuration that breaks it. */
export interface RuleExample {
  readonly target: TargetName;
  /** How the configuration differs from a sound one. */
  readonly changes: readonly OptionChange[];
  /** How the kernel differs from a sound one; absent where the rule is not about kernels. */
  readonly kernel?: Partial<KernelFacts>;
  /** What the checker found; of this rule alone. */
  readonly diagnostic: Diagnostic;
}

/** Has the checker judge a configuration that breaks a rule. Undefined where none is known. */
export function exampleOf(rule: RuleDescription): RuleExample | undefined {
  const violation = violations[rule.name];
  if (violation === undefined) return undefined;
  const { change, kernel, target = soundTarget } = violation;
  const options: BatchedGemmOptions = { ...soundOptions, ...change };
  const { diagnostics } = createCheckerSync().check(
    options,
    target,
    kernel && { kernel: { ...soundKernel, ...kernel } },
  );
  const diagnostic = diagnostics.find((found) => found.rule === rule.name);
  if (diagnostic === undefined) return undefined;
  const names = Object.keys(change) as OptionName[];
  const changes = names.map((field) => ({ field, from: soundOptions[field], to: options[field] }));
  return { target, changes, ...(kernel && { kernel }), diagnostic };
}
