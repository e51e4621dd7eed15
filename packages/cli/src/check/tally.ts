import type { Severity } from '@gemm-preflight/types';
import type { CheckedCase } from './check-case.js';

/** What a run of checks came to. */
export class Tally {
  cases = 0;
  /** Cases that have no error. */
  passed = 0;
  readonly diagnostics: Record<Severity, number> = { error: 0, adjusted: 0, note: 0 };

  /** Cases that have an error. */
  get failed(): number {
    return this.cases - this.passed;
  }

  add({ result }: CheckedCase): void {
    this.cases++;
    if (result.ok) this.passed++;
    for (const { severity } of result.diagnostics) this.diagnostics[severity]++;
  }
}
