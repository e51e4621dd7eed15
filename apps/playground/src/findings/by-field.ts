import type { Diagnostic, Severity } from '@gemm-preflight/types';

/** The worst first. */
export const severities = ['error', 'adjusted', 'note'] as const satisfies readonly Severity[];

/**
 * What concerns each option: errors stand beside all that they speak of, while what an adjustment or a note did stands beside what
 * it changed alone.
 */
export function findingsByField(
  diagnostics: readonly Diagnostic[],
): ReadonlyMap<string, readonly Diagnostic[]> {
  const byField = new Map<string, Diagnostic[]>();
  for (const severity of severities) {
    for (const diagnostic of diagnostics) {
      if (diagnostic.severity !== severity) continue;
      const fields = diagnostic.changes?.map(({ field }) => field) ?? diagnostic.fields;
      for (const field of fields) byField.set(field, [...(byField.get(field) ?? []), diagnostic]);
    }
  }
  return byField;
}
