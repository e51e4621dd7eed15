import { changesProblem, type UnfixedReason } from '@gemm-preflight/checker-wasm';
import { type Diagnostic, explanationOf, type Fix, findRule, type Severity } from '@gemm-preflight/types';
import { paragraph } from './text.js';
import type { View } from './view.js';

/** How to print diagnostics. */
export interface DiagnosticsStyle {
  /** Rules whose reason is to be told once, and is taken off when it has been; none: tell no reasons. */
  readonly toldReasons?: Set<string>;
  /** Why each error is left, by its rule, where fixes have been tried: told in place of them. */
  readonly unfixed?: ReadonlyMap<string, UnfixedReason>;
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
  diagnostic: Diagnostic,
  view: View,
  { toldReasons, unfixed }: DiagnosticsStyle,
): string {
  const { rule, severity, message } = diagnostic;
  const { paint } = view;
  const lines = [
    `  ${severityPaint(severity, view)(severity)} ${paint.bold(rule)}\n`,
    paragraph(message, view, { indent: '    ' }),
  ];
  const known = findRule(rule);
  if (toldReasons !== undefined && known !== undefined && !toldReasons.has(rule)) {
    toldReasons.add(rule);
    lines.push(paragraph(`why: ${explanationOf(known).reason}`, view, { indent: '    ', paint: paint.dim }));
  }
  const left = unfixed?.get(rule);
  return (
    lines.join('') + (left === undefined ? fixLines(diagnostic, view) : leftLine(diagnostic, left, view))
  );
}

/** What would fix it. */
function fixLines({ fixes = [] }: Diagnostic, view: View): string {
  return fixes
    .map(({ title }, i) => {
      const head = `    ${view.paint.green(i === 0 ? 'fix:' : ' or:')} `;
      return paragraph(title, view, { indent: '      ', head });
    })
    .join('');
}

/** Why it has not been fixed. */
function leftLine({ fixes = [] }: Diagnostic, reason: UnfixedReason, view: View): string {
  const titles = (of: readonly Fix[]) => of.map(({ title }) => title).join(', or ');
  const why = {
    'no fix': 'no fix is offered',
    'needs fixProblem': `only --fix-problem may ${titles(fixes.filter(changesProblem))}`,
    'does not help': `it did not help to ${titles(fixes)}`,
  }[reason];
  const head = `    ${view.paint.yellow('not fixed:')} `;
  return paragraph(why, view, { indent: '      ', head });
}

/** The colour of a severity. */
export function severityPaint(severity: Severity, { paint }: View): (text: string) => string {
  return { error: paint.red, adjusted: paint.yellow, note: paint.cyan }[severity];
}
