import type { FittingKernel } from '@gemm-preflight/checker-wasm';
import type { Target } from '@gemm-preflight/types';
import type { PlannedProblem } from '../../plan/plan-problems.js';
import { visible } from '../../visible.js';
import { formatDiagnostics } from './diagnostics.js';
import { formatPlan } from './plan.js';
import { describeProblem, formatSelected } from './selection.js';
import { indented } from './text.js';
import type { View } from './view.js';

/** A problem with its kernel and its plan. */
export function formatPlannedProblem(
  { label, problem, selection, entry, plan, planError }: PlannedProblem,
  target: Target,
  view: View,
): string {
  const { paint } = view;
  return [
    `${problemTitle(label, target, view)}${paint.dim(describeProblem(problem))}\n\n`,
    `${paint.bold('Kernel')}\n${indented(formatSelected(selection, view), '  ')}`,
    entry !== undefined && entry.cubinPath === undefined
      ? `  ${paint.yellow('no cubin')} in the catalog: the plan holds, but preflight run cannot launch it\n`
      : '',
    selection.selected === undefined ? '' : `\n${formatCheck(selection.selected, target, view)}`,
    planError === undefined ? '' : `\n${paint.red('✗')} no plan: ${visible(planError)}\n`,
    plan === undefined ? '' : `\n${formatPlan(plan, view)}`,
  ].join('');
}

/** What the check of the selected kernel found. */
function formatCheck({ result }: FittingKernel, target: Target, view: View): string {
  const { paint } = view;
  const verdict = `${paint.green('✓')} no error by ${result.ruleSet} on ${target.name}`;
  return `${paint.bold('Check')}\n  ${verdict}\n${formatDiagnostics(result.diagnostics, view)}`;
}

/** The head over a problem's report. */
export function problemTitle(label: string, target: Target, { paint }: View): string {
  return `${paint.bold(paint.underline(visible(label)))} on ${target.name}\n`;
}
