import type { Diagnostic, OptionChange, OptionName, OptionValue } from '@gemm-preflight/types';

/** What speaks for or against an entry, without fixes. */
export type Finding = Pick<Diagnostic, 'rule' | 'severity' | 'message'>;

/** What a check says of an entry. */
export interface Outcome {
  readonly ok: boolean;
  /** The GPU's name. */
  readonly target: string;
  readonly ruleSet: string;
  readonly findings: readonly Finding[];
  /** The options that the check rewrote or filled in, from what was given to what came of it. */
  readonly adjusted: readonly OptionChange[];
}

/** A configuration, or a kernel on a problem, of one side of a comparison. */
export interface Entry {
  readonly label: string;
  /** What it is matched by; undefined where it has no name. */
  readonly name: string | undefined;
  /** What is checked: the target and the options, or the kernel's fields. */
  readonly given: Readonly<Record<string, unknown>>;
  /** `FILE:LINE`; undefined for the standard input. Asked for what is reported alone, for it takes a parse. */
  readonly place: () => string | undefined;
  /** The problem that a kernel was held against, of a problem file. */
  readonly problem: string | undefined;
  readonly outcome: Outcome;
}

/** The net changes of a check. */
export function adjustments(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly OptionChange[] {
  return differences(before, after).map(({ field, from, to }) => ({
    field: field as OptionName,
    from: from as OptionValue,
    to: to as OptionValue,
  }));
}

/** A field that two objects do not share the value of. */
export interface FieldChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** The fields in which two objects differ, in the order in which they have them. */
export function differences(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly FieldChange[] {
  return Object.keys({ ...before, ...after })
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({ field, from: before[field], to: after[field] }));
}
