import type { Diagnostic, Severity } from '@gemm-preflight/types';

/** The worst first. */
export const severities = ['error', 'adjusted', 'note'] as const satisfies readonly Severity[];

/** A finding beside one of the options that it concerns. */
export interface FieldFinding {
  readonly diagnostic: Diagnostic;
  /** Whether it is told here in full, or only named since another option is the one to change. */
  readonly inFull: boolean;
}

/** An error that speaks of no more options than these is told beside each, if no fix says which of them to change. */
const fewFields = 3;

/**
 * What concerns each option: errors stand beside all that they speak of, while what an adjustment or a note did stands beside what
 * it changed alone. What is told in full comes first, the worst of it at the head.
 */
export function findingsByField(
  diagnostics: readonly Diagnostic[],
): ReadonlyMap<string, readonly FieldFinding[]> {
  const byField = new Map<string, FieldFinding[]>();
  for (const severity of severities) {
    for (const diagnostic of diagnostics) {
      if (diagnostic.severity !== severity) continue;
      const fields = diagnostic.changes?.map(({ field }) => field) ?? diagnostic.fields;
      const leading = leadingFields(diagnostic, fields);
      for (const field of fields) {
        const one = { diagnostic, inFull: leading.includes(field) };
        byField.set(field, [...(byField.get(field) ?? []), one]);
      }
    }
  }
  for (const [field, ones] of byField) {
    byField.set(
      field,
      ones.toSorted((a, b) => Number(b.inFull) - Number(a.inFull)),
    );
  }
  return byField;
}

/** The options that a fix would change; without a fix all of a few, and the first of many. */
function leadingFields({ fixes = [] }: Diagnostic, fields: readonly string[]): readonly string[] {
  const changed = new Set<string>(fixes.flatMap(({ changes }) => changes.map(({ field }) => field)));
  const fixable = fields.filter((field) => changed.has(field));
  if (fixable.length > 0) return fixable;
  return fields.length <= fewFields ? fields : fields.slice(0, 1);
}
