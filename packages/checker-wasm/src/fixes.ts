import type { BatchedGemmOptions, Diagnostic, Fix } from '@gemm-preflight/types';

/** Whether a configuration is bad input, or still has an error of a rule. */
export type StillFails = (options: BatchedGemmOptions, rule: string) => boolean;

/**
 * Keeps the fixes that do what they promise. Rules suggest what satisfies them by themselves; an adjustment may undo it,
 * and a size may leave 32 bits. So each is applied to what was given, and checked.
 */
export function confirmFixes(
  diagnostics: readonly Diagnostic[],
  given: BatchedGemmOptions,
  stillFails: StillFails,
): readonly Diagnostic[] {
  if (diagnostics.every(({ fixes }) => fixes === undefined)) return diagnostics;
  return diagnostics.map(({ fixes, ...diagnostic }) => {
    const confirmed = fixes
      ?.map((fix) => fromGiven(fix, given))
      .filter((fix) => fix.changes.length > 0 && !stillFails(applyFix(given, fix), diagnostic.rule));
    return confirmed !== undefined && confirmed.length > 0 ? { ...diagnostic, fixes: confirmed } : diagnostic;
  });
}

/** A fix as a change of what was given, rather than of what adjustments made of it. */
function fromGiven({ title, changes }: Fix, given: BatchedGemmOptions): Fix {
  const real = changes
    .map(({ field, to }) => ({ field, from: given[field], to }))
    .filter(({ from, to }) => from !== to);
  return { title, changes: real };
}

/** The options with a fix applied. */
export function applyFix(options: BatchedGemmOptions, { changes }: Fix): BatchedGemmOptions {
  return { ...options, ...Object.fromEntries(changes.map(({ field, to }) => [field, to])) };
}
