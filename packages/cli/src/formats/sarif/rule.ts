import { explanationOf, findRule, ruleSetsOf, type Severity } from '@gemm-preflight/types';
import type { ReportingDescriptor, Result } from 'sarif';
import { pageUrl } from '../../explain/page-place.js';

/** SARIF's names of the severities. */
export const levels = { error: 'error', adjusted: 'warning', note: 'note' } as const satisfies Record<
  Severity,
  Result.level
>;

/** A rule as SARIF describes it to whoever looks at a result. */
export function describeRule(name: string): ReportingDescriptor {
  const rule = findRule(name);
  if (rule === undefined) return { id: name };
  const { severity, group, fields } = rule;
  const { summary, reason, source } = explanationOf(rule);
  const ruleSets = ruleSetsOf(rule);
  const helpUri = pageUrl(name);
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
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: ruleSets.length > 0 ? [...ruleSets] : [group], fields },
  };
}
