import type { BatchedGemmOptions, Diagnostic } from '@gemm-preflight/types';

/** A configuration, and all the errors that it has. */
export interface Refusal {
  readonly options: BatchedGemmOptions;
  readonly errors: readonly Diagnostic[];
}

/** Checks a configuration; undefined when it is valid. */
export type Look = (options: BatchedGemmOptions) => Refusal | undefined;

/** Looks at configurations; undefined when one of them is valid. */
export function allRefused(
  configurations: readonly BatchedGemmOptions[],
  look: Look,
): readonly Refusal[] | undefined {
  const refused = configurations.flatMap((options) => look(options) ?? []);
  return refused.length < configurations.length ? undefined : refused;
}

/** Whether one of some rules refuses a configuration. */
export function isRefusedBy({ errors }: Refusal, rules: readonly string[]): boolean {
  return errors.some(({ rule }) => rules.includes(rule));
}

/** The same, those with the fewest errors first, and of these the ones with the fewest options at fault. */
export function mildestFirst(refusals: readonly Refusal[]): readonly Refusal[] {
  return [...refusals].sort(byMildness);
}

/** Whether a refusal comes before another one by that order. */
export function isMilder(refusal: Refusal, than: Refusal): boolean {
  return byMildness(refusal, than) < 0;
}

function byMildness(a: Refusal, b: Refusal): number {
  return a.errors.length - b.errors.length || optionsAtFault(a) - optionsAtFault(b);
}

function optionsAtFault({ errors }: Refusal): number {
  return errors.reduce((sum, { fields }) => sum + fields.length, 0);
}
