import type { RuleDescription } from './rule.js';

/**
 * Why a rule is there: texts for who asks, in pages, reports and `preflight explain`. They stand behind the rules of each file
 * and not in them, so that bundlers leave them out of a page that only checks. Plain strings, for a bundler keeps what it would have
 * to compute.
 */
export interface RuleExplanation {
  /** What the rule demands, or does, in one line. */
  readonly summary: string;
  /** Why: the hardware's or the kernels' reason. */
  readonly reason: string;
  /** Where the reason can be looked up: a section of a public document, or the kernels that are built so. */
  readonly source?: string;
  /** Why no fix is offered, where none is: what follows "None is offered, for". */
  readonly noFix?: string;
}

/** An explanation of each of these rules; a rule without one does not compile. */
export type ExplanationsOf<Rules extends readonly RuleDescription[]> = Readonly<
  Record<Rules[number]['name'], RuleExplanation>
>;
