import type { Severity } from './diagnostic.js';
import { explanationOf } from './rules/explain.js';
import { findRule, ruleSetsOf } from './rules/index.js';

/** SARIF's names of the severities (SARIF 2.1.0, 3.27.10). */
export const sarifLevels = { error: 'error', adjusted: 'warning', note: 'note' } as const satisfies Record<
  Severity,
  string
>;

/**
 * A rule as SARIF describes it to whoever looks at a result (SARIF 2.1.0, 3.49): a `reportingDescriptor`.
 * @param name the rule's; of an unknown one nothing but that is said
 * @param helpUri the address of its page, if there is one
 */
export function sarifRule(name: string, helpUri?: string) {
  const rule = findRule(name);
  if (rule === undefined) return { id: name };
  const { severity, group, fields } = rule;
  const { summary, reason, source } = explanationOf(rule);
  const ruleSets = ruleSetsOf(rule);
  const from = source === undefined ? '' : ` Source: ${source}.`;
  return {
    id: name,
    shortDescription: { text: summary },
    fullDescription: { text: `${summary} ${reason}` },
    help: {
      text: `${summary}\n\nWhy: ${reason}${from}`,
      markdown: `${summary}\n\n**Why:** ${reason}${from}\n\nSee \`preflight explain ${name}\`.`,
    },
    ...(helpUri !== undefined && { helpUri }),
    defaultConfiguration: { level: sarifLevels[severity] },
    properties: { tags: ruleSets.length > 0 ? [...ruleSets] : [group], fields },
  };
}
