import { type OptionValue, type RuleDescription, ruleCatalog, ruleSetOf } from '@gemm-preflight/types';
import type { RuleExample } from '../../explain/example.js';
import { count } from '../summary.js';
import { formatDiagnostics, severityPaint } from './diagnostics.js';
import { paragraph } from './text.js';
import type { View } from './view.js';

/** A rule's page. */
export function formatRule(rule: RuleDescription, example: RuleExample | undefined, view: View): string {
  const { paint } = view;
  const { name, severity, summary, reason, fields } = rule;
  const entry = (head: string, text: string): string =>
    paragraph(text, view, { indent: ' '.repeat(9), head: paint.dim(head.padEnd(9)) });
  return [
    `${paint.bold(name)}  ${severityPaint(severity, view)(severity)}  ${paint.dim(originOf(rule))}\n\n`,
    paragraph(summary, view, { indent: '' }),
    '\n',
    entry('why', reason),
    fields.length > 0 ? entry('reads', fields.join(', ')) : '',
    example === undefined ? '' : `\n${formatExample(example, view)}`,
  ].join('');
}

/** Where a rule comes from, in words. */
function originOf(rule: RuleDescription): string {
  const ruleSet = ruleSetOf(rule);
  return ruleSet === undefined ? `every check (${rule.group})` : `rule set ${ruleSet}`;
}

function formatExample({ target, changes, kernel, diagnostic }: RuleExample, view: View): string {
  const list = changes.map(({ field, to }) => `${field} ${show(to)}`).join(', ');
  const facts = Object.entries(kernel ?? {}).map(([name, value]) => `${name} ${value}`);
  const what = kernel ? `kernel with ${facts.join(', ')}` : `configuration with ${list}`;
  const head = `Example: on ${target}, an otherwise sound ${what}`;
  return `${paragraph(head, view, { indent: '' })}\n${formatDiagnostics([diagnostic], view)}`;
}

function show(value: OptionValue): string {
  if (Array.isArray(value) && value.length > 8) return `of ${value.length} batches`;
  return JSON.stringify(value).replaceAll('"', '');
}

/** All rules, by where they come from, a line each. */
export function formatRuleList(view: View): string {
  const { paint } = view;
  const origins = [...new Set(ruleCatalog.map(originOf))];
  const width = Math.max(...ruleCatalog.map(({ name }) => name.length));
  const sections = origins.map((origin) => {
    const rules = ruleCatalog.filter((rule) => originOf(rule) === origin);
    const lines = rules.map((rule) => formatRuleLine(rule, width, view)).join('');
    return `${paint.bold(capitalized(origin))}\n${lines}`;
  });
  return `${sections.join('\n')}\n${count(ruleCatalog.length, 'rule')}; preflight explain RULE tells more\n`;
}

function formatRuleLine({ name, severity, summary }: RuleDescription, width: number, view: View): string {
  const head = `  ${name.padEnd(width)}  ${severityPaint(severity, view)(severity.padEnd(8))}  `;
  return paragraph(summary, view, { indent: ' '.repeat(width + 14), head });
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
