import { type RuleDescription, type RuleGroup, ruleSetsOf, type Severity } from '@gemm-preflight/types';

/** What a severity means for the one who wrote the configuration. */
export const severityMeanings = {
  error: 'the configuration cannot run',
  adjusted: 'the checker rewrites options, and goes on with them',
  note: 'the checker fills in what follows from the rest',
} as const satisfies Record<Severity, string>;

/** What a rule reads, in words; `show` shows an option. */
export function readsOf({ name, fields }: RuleDescription, show: (field: string) => string = String): string {
  if (fields.length > 0) return fields.map(show).join(', ');
  return name === 'invalid-input' ? 'all of the input' : 'no option: the kernel and the GPU';
}

/** What the groups are to the rule sets. */
const groupsBesideSets = {
  'rule-set': '',
  input: 'which it comes before',
  device: 'beside which it stands as a limit of the GPU',
  launch: 'beside which it stands as a limit of the launch',
} as const satisfies Record<RuleGroup, string>;

/** Since which rule set there is a rule, in words. */
export function sinceOf(rule: RuleDescription): string {
  return ruleSetsOf(rule)[0] ?? `every rule set, ${groupsBesideSets[rule.group]}`;
}
