import type { BatchedGemmOptions, Diagnostic, Fix, OptionChange } from '@gemm-preflight/types';

/** Whether what was given, with these changes, is valid input and has no error of a rule. */
export type Satisfies = (changes: readonly OptionChange[], rule: string) => boolean;

/**
 * Keeps the fixes that do what they promise. Rules suggest what satisfies them by themselves; an adjustment may undo it,
 * and a size may leave 32 bits. So each is applied to what was given, and checked.
 */
export function confirmFixes(
  diagnostics: readonly Diagnostic[],
  given: BatchedGemmOptions,
  satisfies: Satisfies,
): readonly Diagnostic[] {
  if (diagnostics.every(({ fixes }) => fixes === undefined)) return diagnostics;
  return diagnostics.map((diagnostic) => {
    const { rule, severity, message, fields, fixes } = diagnostic;
    if (fixes === undefined) return diagnostic;
    const confirmed = fixes
      .map((fix) => fromGiven(fix, given))
      .filter(({ changes }) => changes.length > 0 && satisfies(changes, rule));
    return confirmed.length > 0
      ? { rule, severity, message, fields, fixes: confirmed }
      : { rule, severity, message, fields };
  });
}

/** A fix as a change of what was given, rather than of what adjustments made of it. */
function fromGiven(fix: Fix, given: BatchedGemmOptions): Fix {
  const { title, changes } = fix;
  if (changes.every(({ field, from }) => given[field] === from)) return fix;
  const real = changes
    .map(({ field, to }) => ({ field, from: given[field], to }))
    .filter(({ from, to }) => from !== to);
  return { title, changes: real };
}

/** The options with a fix applied. */
export function applyFix(options: BatchedGemmOptions, { changes }: Fix): BatchedGemmOptions {
  return { ...options, ...Object.fromEntries(changes.map(({ field, to }) => [field, to])) };
}
