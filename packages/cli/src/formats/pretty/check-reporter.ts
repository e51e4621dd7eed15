import type { UnfixedError, UnfixedReason } from '@gemm-preflight/checker-wasm';
import { describeChanges } from '@gemm-preflight/types';
import type { CheckedCase } from '../../check/check-case.js';
import { visible } from '../../visible.js';
import type { Reporter } from '../reporter.js';
import { count, summarize } from '../summary.js';
import { formatDiagnostics } from './diagnostics.js';
import { formatSharedMemory, gridLine, sharedMemoryLine } from './shared-memory.js';
import { indented } from './text.js';
import type { View } from './view.js';

/** How to report checks. */
export interface PrettyStyle {
  /** There may be other than one case: each gets less room, and a line sums them up. */
  readonly many: boolean;
  /** Tell each rule's reason where it first appears. */
  readonly reasons: boolean;
}

/** Checks for people to read. */
export function prettyReporter(view: View, { many, reasons }: PrettyStyle): Reporter {
  const toldReasons = reasons ? new Set<string>() : undefined;
  return {
    add: (checked) =>
      verdictLine(checked, view) +
      kernelLine(checked, view) +
      fixedLines(checked, view) +
      formatDiagnostics(checked.result.diagnostics, view, {
        ...(toldReasons && { toldReasons }),
        ...(checked.unfixed && { unfixed: reasonsByRule(checked.unfixed) }),
      }) +
      indented(many ? layoutLines(checked, view) : layoutTable(checked, view), '  ') +
      (many ? '\n' : ''),
    end: (tally) => (many ? `${summarize(tally)}\n` : ''),
  };
}

function verdictLine({ case: { label, place }, target, result }: CheckedCase, { paint }: View): string {
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
  const isInput = errors.every(({ rule }) => rule === 'invalid-input');
  const where =
    place.file === undefined ? '' : paint.dim(`  ${visible(place.file)}:${place.start().startLine}`);
  const name = paint.bold(visible(label));
  const on = `${target.name} (${result.ruleSet})`;
  if (result.ok) return `${paint.green('✓')} ${name} can run on ${on}${where}\n`;
  const verdict = isInput ? 'cannot be checked' : `cannot run on ${on}`;
  return `${paint.red('✗')} ${name} ${verdict}: ${count(errors.length, 'error')}${where}\n`;
}

function kernelLine({ kernel }: CheckedCase, { paint }: View): string {
  return kernel === undefined ? '' : `  ${paint.dim(`held against ${visible(kernel.functionName)}`)}\n`;
}

/** What was fixed before, and which rule's error that removed. */
function fixedLines({ fixed }: CheckedCase, { paint }: View): string {
  return fixed
    .map(
      ({ rule, changes }) => `  ${paint.green('fixed')} ${paint.bold(rule)}: ${describeChanges(changes)}\n`,
    )
    .join('');
}

function reasonsByRule(unfixed: readonly UnfixedError[]): ReadonlyMap<string, UnfixedReason> {
  return new Map(unfixed.map(({ rule, reason }) => [rule, reason]));
}

function layoutTable({ result, target }: CheckedCase, view: View): string {
  if (result.sharedMemory === null) return '';
  const memory = formatSharedMemory(result.sharedMemory, result, target, view);
  return `\n${memory}${result.launch === null ? '' : `${gridLine(result.launch, target)}\n`}`;
}

function layoutLines({ result, target }: CheckedCase, view: View): string {
  if (!result.ok || result.sharedMemory === null || result.launch === null) return '';
  const lines = [sharedMemoryLine(result.sharedMemory, target), gridLine(result.launch, target)];
  return lines.map((line) => `${view.paint.dim(line)}\n`).join('');
}
