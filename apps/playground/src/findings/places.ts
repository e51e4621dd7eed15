import type { Diagnostic, Severity } from '@gemm-preflight/types';

/** The heading that focus goes to where no finding is left to go to. */
export const findingsTitleId = 'found-title';

/** The id of an option's control. */
export function fieldId(name: string): string {
  return `option-${name}`;
}

/** The id of a finding in the list. Findings of one rule, as of invalid input, differ in what they concern. */
export function findingId({ rule, fields }: Diagnostic): string {
  return `finding-${rule}-${fields[0] ?? ''}`;
}

/** Leads to a control or a finding: keyboards go on from there, and the browser brings it into view. */
export function leadTo(id: string): void {
  document.getElementById(id)?.focus();
}

/** Leads to the first finding of a severity. */
export function leadToFirst(severity: Severity): void {
  document.querySelector<HTMLElement>(`.findings > li[data-severity="${severity}"]`)?.focus();
}
