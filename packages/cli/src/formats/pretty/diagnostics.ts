import { type Diagnostic, explanationOf, findRule, type Severity } from '@gemm-preflight/types';
import { paragraph } from './text.js';
import type { View } from './view.js';

/** How to print diagnostics. */
export interface DiagnosticsStyle {
  /** Rules whose reason is to be told once, and is taken off when it has been; none: tell no reasons. */
  readonly toldReasons?: Set<string>;
}

const order: readonly Severity[] = ['error', 'adjusted', 'note'];

/** Diagnostics for people: errors first, each with its rule, message, reason and fixes. */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  view: View,
  style: DiagnosticsStyle = {},
): string {
  return order
    .flatMap((severity) => diagnostics.filter((diagnostic) => diagnostic.severity === severity))
    .map((diagnostic) => formatDiagnostic(diagnostic, view, style))
    .join('');
}

function formatDiagnostic(
  { rule, severity, message, fixes = [] }: Diagnostic,
  view: View,
  { toldReasons }: DiagnosticsStyle,
): string {
  const { paint } = view;
  const indent = '      ';
  const lines = [
    `  ${severityPaint(severity, view)(severity)} ${paint.bold(rule)}\n`,
    paragraph(message, view, { indent: '    ' }),
  ];
  const known = findRule(rule);
  if (toldReasons !== undefined && known !== undefined && !toldReasons.has(rule)) {
    toldReasons.add(rule);
    lines.push(paragraph(`why: ${explanationOf(known).reason}`, view, { indent: '    ', paint: paint.dim }));
  }
  for (const [i, { title }] of fixes.entries()) {
    lines.push(paragraph(title, view, { indent, head: `    ${paint.green(i === 0 ? 'fix:' : ' or:')} ` }));
  }
  return lines.join('');
}

/** The colour of a severity. */
export function severityPaint(severity: Severity, { paint }: View): (text: string) => string {
  return { error: paint.red, adjusted: paint.yellow, note: paint.cyan }[severity];
}
