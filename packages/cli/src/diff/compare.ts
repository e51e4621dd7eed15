import { differences, type Entry, type FieldChange, type Finding } from './entry.js';
import type { Pair } from './match.js';

/** What became of an entry, the gravest first. */
export const statuses = [
  /** Could run, and cannot any more. */
  'regressed',
  /** Has the verdict that it had, with other findings or adjustments. */
  'changed',
  /** Could not run, and can now. */
  'mended',
  'added',
  'removed',
  /** Was written otherwise, and the check says the same of it. */
  'rewritten',
  'unchanged',
] as const;
export type Status = (typeof statuses)[number];

/** An error that both sides have, about other numbers. */
export interface Reworded {
  readonly rule: string;
  readonly before: string;
  readonly after: string;
}

/** An entry before and after. */
export interface Change {
  readonly status: Status;
  readonly old: Entry | undefined;
  readonly new: Entry | undefined;
  /** What was written otherwise. */
  readonly given: readonly FieldChange[];
  /** Options that the check adjusts now and did not, or otherwise than it did: what it made of them. */
  readonly adjusted: readonly FieldChange[];
  readonly gained: readonly Finding[];
  readonly lost: readonly Finding[];
  readonly reworded: readonly Reworded[];
}

/** Compares an entry before and after. */
export function compareEntries({ old, new: now }: Pair): Change {
  if (old === undefined || now === undefined) {
    const status = old === undefined ? 'added' : 'removed';
    return { status, old, new: now, given: [], adjusted: [], gained: [], lost: [], reworded: [] };
  }
  const before = old.outcome;
  const after = now.outcome;
  const gained = after.findings.filter(({ rule }) => !has(before.findings, rule));
  const lost = before.findings.filter(({ rule }) => !has(after.findings, rule));
  const reworded = rewordedErrors(before.findings, after.findings);
  const given = differences(old.given, now.given);
  const adjusted = differences(adjustedTo(old), adjustedTo(now));
  const found = gained.length + lost.length + reworded.length + adjusted.length > 0;
  const status =
    verdictChange(before.ok, after.ok) ?? (found ? 'changed' : given.length > 0 ? 'rewritten' : 'unchanged');
  return { status, old, new: now, given, adjusted, gained, lost, reworded };
}

function verdictChange(before: boolean, after: boolean): Status | undefined {
  if (before === after) return undefined;
  return before ? 'regressed' : 'mended';
}

function has(findings: readonly Finding[], rule: string): boolean {
  return findings.some((finding) => finding.rule === rule);
}

/** What the check made of the options that it rewrote. */
function adjustedTo({ outcome }: Entry): Readonly<Record<string, unknown>> {
  return Object.fromEntries(outcome.adjusted.map(({ field, to }) => [field, to]));
}

/** Notes and adjustments repeat the values that they fill in, which are compared as values. */
function rewordedErrors(before: readonly Finding[], after: readonly Finding[]): readonly Reworded[] {
  const rules = new Set(before.filter(({ severity }) => severity === 'error').map(({ rule }) => rule));
  return [...rules]
    .filter((rule) => has(after, rule))
    .map((rule) => ({ rule, before: textOf(before, rule), after: textOf(after, rule) }))
    .filter((texts) => texts.before !== texts.after);
}

function textOf(findings: readonly Finding[], rule: string): string {
  return findings
    .filter((finding) => finding.rule === rule)
    .map(({ message }) => message)
    .join('; ');
}
