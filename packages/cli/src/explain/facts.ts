import {
  type RuleDescription,
  type RuleGroup,
  type RuleSetName,
  ruleSetNames,
  ruleSets,
  type Severity,
} from '@gemm-preflight/types';

/** What a severity means for the one who wrote the configuration. */
export const severityMeanings = {
  error: 'the configuration cannot run',
  adjusted: 'the checker rewrites options, and goes on with them',
  note: 'the checker fills in what follows from the rest',
} as const satisfies Record<Severity, string>;

/** The rule sets that have a rule, the oldest first; none for the groups around every rule set. */
export function ruleSetsWith({ name }: RuleDescription): readonly RuleSetName[] {
  return ruleSetNames.filter((set) => {
    const rules: readonly RuleDescription[] = ruleSets[set].rules;
    return rules.some((rule) => rule.name === name);
  });
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
  return ruleSetsWith(rule)[0] ?? `every rule set, ${groupsBesideSets[rule.group]}`;
}
