import type { Severity } from '@gemm-preflight/types';

const marks = { error: '✗', adjusted: 'Δ', note: 'i' } as const satisfies Record<Severity, string>;

/** Tells severities apart without their colours. Those who listen hear words in its place. */
export function Mark({ severity }: { readonly severity: Severity }) {
  return (
    <span className="mark" data-severity={severity} aria-hidden="true">
      {marks[severity]}
    </span>
  );
}
