import { type RuleSetDescription, type RuleSetName, ruleCatalog, ruleSets } from '@gemm-preflight/types';
import { findRuleSet } from './checker.js';

// Of all rule sets: for what a page that checks one at a time does not load.

/**
 * A rule set by name, or the default.
 * @throws {RangeError} when it is unknown
 */
export function ruleSetNamed(name?: RuleSetName): RuleSetDescription {
  return findRuleSet(name, Object.values(ruleSets));
}

/** The name of the rule that a verdict stands for; undefined for a valid configuration. */
export function verdictRule(firstError: number): string | undefined {
  return ruleCatalog[firstError]?.name;
}
