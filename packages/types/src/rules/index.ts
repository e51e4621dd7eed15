import { baseRules } from './base.js';
import { hopperNative1 } from './hopper-native-1/index.js';
import type { RuleDescription, RuleSetDescription } from './rule.js';
import { trtllmGen202503 } from './trtllm-gen-2025-03/index.js';

/** All rule sets, by name. */
export const ruleSets = {
  [trtllmGen202503.name]: trtllmGen202503,
  [hopperNative1.name]: hopperNative1,
} as const satisfies Record<string, RuleSetDescription>;

/** `name@version` of a rule set. */
export type RuleSetName = keyof typeof ruleSets;

/** The names of all rule sets. */
export const ruleSetNames = Object.keys(ruleSets) as readonly RuleSetName[];

/** Whether a value names a rule set. */
export function isRuleSetName(value: unknown): value is RuleSetName {
  return typeof value === 'string' && Object.hasOwn(ruleSets, value);
}

/**
 * Every rule of every group and rule set, those that sets share once. A rule's position is its id in the checker's records, from
 * which the module's constants are generated.
 */
export const ruleCatalog: readonly RuleDescription[] = [...baseRules, ...hopperNative1.own];

/** Looks a rule up by name. */
export function findRule(name: string): RuleDescription | undefined {
  return ruleCatalog.find((rule) => rule.name === name);
}

/** The rule sets that have a rule; none of those that every check has. */
export function ruleSetsOf(rule: RuleDescription): readonly RuleSetName[] {
  return ruleSetNames.filter((name) => (ruleSets[name].rules as readonly RuleDescription[]).includes(rule));
}
