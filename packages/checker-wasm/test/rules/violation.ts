import type { BatchedGemmOptions, KernelFacts, RuleSetName, TargetName } from '@gemm-preflight/types';

type Change = Partial<BatchedGemmOptions>;

/** A rule from both sides: a configuration that satisfies it, and the nearest one that does not. */
export interface Violation {
  readonly rule: string;
  /** Where a rule has several pairs: what this one is about. */
  readonly when?: string;
  /** The rule set to check by; default: the first. */
  readonly ruleSet?: RuleSetName;
  readonly of: BatchedGemmOptions;
  readonly satisfiedBy: Change;
  readonly violatedBy: Change;
  /** Default: a B200 for both. */
  readonly satisfiedOn?: TargetName;
  readonly violatedOn?: TargetName;
  /** The kernel of either side; default: none. */
  readonly kernel?: { readonly satisfied: KernelFacts; readonly violated: KernelFacts };
  /** What the message has to name: the numbers at fault. */
  readonly names: readonly (string | number)[];
  /** The changes of each fix, in their order; default: none is offered. */
  readonly fixes?: readonly Change[];
  /** The fields at fault, where they are not all that the rule reads. */
  readonly culprits?: readonly string[];
  /** Errors that come with both sides. */
  readonly beside?: readonly string[];
  /** All errors of the violation in order; default: this rule and those beside it. */
  readonly errors?: readonly string[];
}
