import {
  explanationOf,
  type RuleDescription,
  ruleCatalog,
  ruleSetNames,
  ruleSets,
  ruleSetsOf,
} from '@gemm-preflight/types';
import type { RuleExample } from '../../explain/example.js';
import { readsOf, sinceOf } from '../../explain/facts.js';
import { pageOf } from '../../explain/page-place.js';
import {
  capitalized,
  describeChanged,
  describeMended,
  describeOthers,
  describeRemedy,
} from '../../explain/words.js';
import { count } from '../summary.js';
import { formatDiagnostics, severityPaint } from './diagnostics.js';
import { paragraph } from './text.js';
import type { View } from './view.js';

/** What there is to know of a rule. */
export function formatRule(rule: RuleDescription, example: RuleExample | undefined, view: View): string {
  const { paint } = view;
  const { name, severity } = rule;
  const { summary, reason, source } = explanationOf(rule);
  const entry = (head: string, text: string): string =>
    paragraph(text, view, { indent: ' '.repeat(9), head: paint.dim(head.padEnd(9)) });
  return [
    `${paint.bold(name)}  ${severityPaint(severity, view)(severity)}  ${paint.dim(originOf(rule))}\n\n`,
    paragraph(summary, view, { indent: '' }),
    '\n',
    entry('why', reason),
    source === undefined ? '' : entry('source', source),
    entry('reads', readsOf(rule)),
    entry('since', sinceOf(rule)),
    example === undefined ? '' : entry('fix', describeRemedy(example.remedy)),
    entry('page', pageOf(name)),
    example === undefined ? '' : `\n${formatExample(example, view)}`,
  ].join('');
}

const originOfSet = (name: string) => `rule set ${name}`;

/** Where a rule comes from, in words. */
function originOf(rule: RuleDescription): string {
  const sets = ruleSetsOf(rule);
  if (sets.length === 0) return `every check (${rule.group})`;
  return sets.length === 1 ? originOfSet(sets.join()) : `rule sets ${sets.join(', ')}`;
}

function formatExample(example: RuleExample, view: View): string {
  const { wrong, diagnostic, spokenBy, others } = example;
  const instead = spokenBy === undefined ? '' : `; ${spokenBy} comes first, and speaks in this rule’s place`;
  const by = wrong.ruleSet === undefined ? '' : ` by ${wrong.ruleSet}`;
  const head = `Wrong: on ${wrong.target}${by}, an otherwise sound configuration with ${describeChanged(wrong)}${instead}`;
  return [
    `${paragraph(head, view, { indent: '' })}\n`,
    `${formatDiagnostics([diagnostic], view)}\n`,
    paragraph(`Right: ${describeMended(example)}. ${describeOthers(others)}`, view, { indent: '' }),
  ].join('');
}

/** All rules by where they come from, those of a rule set in its order. */
function ruleLists(): ReadonlyMap<string, readonly RuleDescription[]> {
  const lists = new Map<string, readonly RuleDescription[]>();
  for (const rule of ruleCatalog) {
    if (rule.group === 'rule-set')
      for (const name of ruleSetNames) lists.set(originOfSet(name), ruleSets[name].rules);
    else lists.set(originOf(rule), [...(lists.get(originOf(rule)) ?? []), rule]);
  }
  return lists;
}

/** All rules, by where they come from, a line each. */
export function formatRuleList(view: View): string {
  const { paint } = view;
  const width = Math.max(...ruleCatalog.map(({ name }) => name.length));
  const sections = [...ruleLists()].map(([origin, rules]) => {
    const lines = rules.map((rule) => formatRuleLine(rule, width, view)).join('');
    return `${paint.bold(capitalized(origin))}\n${lines}`;
  });
  return `${sections.join('\n')}\n${count(ruleCatalog.length, 'rule')}; preflight explain RULE tells more\n`;
}

function formatRuleLine(rule: RuleDescription, width: number, view: View): string {
  const { name, severity } = rule;
  const head = `  ${name.padEnd(width)}  ${severityPaint(severity, view)(severity.padEnd(8))}  `;
  return paragraph(explanationOf(rule).summary, view, { indent: ' '.repeat(width + 14), head });
}
