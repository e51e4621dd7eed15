import { findRule, ruleSetOf, type Severity } from '@gemm-preflight/types';
import type { ReportingDescriptor, Result } from 'sarif';

/** SARIF's names of the severities. */
export const levels = { error: 'error', adjusted: 'warning', note: 'note' } as const satisfies Record<
  Severity,
  Result.level
>;

/** A rule as SARIF describes it to whoever looks at a result. */
export function describeRule(name: string): ReportingDescriptor {
  const rule = findRule(name);
  if (rule === undefined) return { id: name };
  const { summary, reason, severity, group, fields } = rule;
  const ruleSet = ruleSetOf(rule);
  return {
    id: name,
    shortDescription: { text: summary },
    fullDescription: { text: `${summary} ${reason}` },
    help: {
      text: `${summary}\n\nWhy: ${reason}`,
      markdown: `${summary}\n\n**Why:** ${reason}\n\nSee \`preflight explain ${name}\`.`,
    },
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: [ruleSet ?? group], fields },
  };
}
