import { explanationOf, type RuleDescription, ruleCatalog, ruleSetsOf } from '@gemm-preflight/types';
import type { RuleExample } from '../explain/example.js';
import { pageOf } from '../explain/page-place.js';

/** A rule as JSON, without its functions. The example's configurations are complete, so that they can be checked. */
export function explainJson(rule: RuleDescription, example: RuleExample | undefined): string {
  return `${JSON.stringify({ ...factsOf(rule), example: example ?? null }, null, 2)}\n`;
}

/** All rules as JSON. */
export function explainListJson(): string {
  return `${JSON.stringify({ rules: ruleCatalog.map(factsOf) }, null, 2)}\n`;
}

function factsOf(rule: RuleDescription) {
  const { name, severity, group, fields } = rule;
  const { summary, reason, source } = explanationOf(rule);
  const ruleSets = ruleSetsOf(rule);
  return {
    name,
    severity,
    group,
    ruleSet: ruleSets[0] ?? null,
    ruleSets,
    since: ruleSets[0] ?? null,
    fields,
    summary,
    reason,
    source: source ?? null,
    page: pageOf(name),
  };
}
