import { stripVTControlCharacters } from 'node:util';
import type { Bound, FittingKernel, KernelSelection } from '@gemm-preflight/checker-wasm';
import type { Problem, Target } from '@gemm-preflight/types';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import { withNamesBelow } from './kernels.js';
import { bytes, grouped, percent } from './numbers.js';
import { formatRefused } from './refused.js';
import { table } from './table.js';
import { paragraph } from './text.js';
import type { View } from './view.js';

/** A problem in a line: `E4m3 × E4m3 → Bfloat16, m 1536, k 2048, 1,024 tokens in 128 batches along n`. */
export function describeProblem(problem: Problem): string {
  const { dtypeElt, dtypeC, batchM, m, n, k, blockScale, permuteFusion, tokensPerBatch = [] } = problem;
  const tokens = tokensPerBatch.reduce((sum, batch) => sum + batch, 0);
  return [
    `${dtypeElt} × ${dtypeElt} → ${dtypeC}`,
    batchM ? `n ${grouped(n)}` : `m ${grouped(m)}`,
    `k ${grouped(k)}`,
    `${count(tokens, 'token')} in ${count(tokensPerBatch.length, 'batch', 'batches')} along ${batchM ? 'm' : 'n'}`,
    ...(blockScale ? ['block scales'] : []),
    ...(permuteFusion ? ['tokens unpermuted'] : []),
  ].join(', ');
}

/**
 * All kernels held against a problem: those that fit with the terms of their rank, and why the others do not.
 * @param why name every kernel, and all that speaks against those that are refused
 */
export function formatSelection(
  { candidates }: KernelSelection,
  target: Target,
  view: View,
  why = false,
): string {
  const fitting = candidates.filter((candidate) => candidate.fits);
  const refused = candidates.filter((candidate) => !candidate.fits);
  return [
    fitting.length === 0
      ? `${view.paint.red('✗')} none of ${count(candidates.length, 'kernel')} fits\n`
      : formatFitting(why ? fitting : fitting.slice(0, fittingShown), target, view),
    !why && fitting.length > fittingShown
      ? `  ${view.paint.dim(`… and ${grouped(fitting.length - fittingShown)} more that fit`)}\n`
      : '',
    refused.length === 0 ? '' : `\n${formatRefused(refused, view, why)}`,
  ].join('');
}

/** Kernels that fit and are shown when nobody asked for all. */
const fittingShown = 10;

/** The selected kernel of a plan, and why it was selected; where there is none, why not. */
export function formatSelected(selection: KernelSelection, view: View): string {
  const { selected, candidates } = selection;
  const { paint } = view;
  if (selected === undefined) {
    const refused = candidates.filter((candidate) => !candidate.fits);
    return (
      `${paint.red('✗')} none of ${count(candidates.length, 'kernel')} fits\n` +
      formatRefused(refused, view, false)
    );
  }
  const why = paragraph(whySelected(selected, selection), view, { indent: '  ', paint: paint.dim });
  return `${paint.green('✓')} ${visible(selected.kernel.functionName)}\n${why}`;
}

function whySelected(selected: FittingKernel, { candidates }: KernelSelection): string {
  const others = candidates.filter((candidate) => candidate.fits && candidate !== selected);
  const [next] = others.filter((candidate) => candidate.fits);
  const time = `estimated ${timeOf(selected)}, bound by ${boundNames[selected.cost.time.boundBy]}`;
  if (next === undefined) return `${time}: the only one of ${count(candidates.length, 'kernel')} that fits`;
  const faster = next.cost.time.estimatedUs < selected.cost.time.estimatedUs;
  const rank = faster ? 'the best that has a cubin' : 'the best';
  return `${time}: ${rank} of ${others.length + 1} that fit, next ${tileOf(next)} with ${timeOf(next)}`;
}

const boundNames: Readonly<Record<Bound, string>> = {
  memory: 'memory',
  operands: 'operands',
  tensorCores: 'tensor cores',
  latency: 'latency',
};

function timeOf({ cost }: FittingKernel): string {
  return `${Number(cost.time.estimatedUs.toPrecision(3))} µs`;
}

function tileOf({ kernel: { tileM, tileN, tileK } }: FittingKernel): string {
  return `${tileM}×${tileN}×${tileK}`;
}

/** The kernels that fit as a table, the best first; where that is too wide, in words. */
function formatFitting(fitting: readonly FittingKernel[], target: Target, view: View): string {
  const { paint, width } = view;
  const columns = [
    { head: '' },
    { head: 'tile' },
    { head: 'estimate', align: 'right' },
    { head: 'bound by' },
    { head: 'loads', align: 'right' },
    { head: 'padding', align: 'right' },
    { head: 'waves', align: 'right' },
    { head: 'last idle', align: 'right' },
    { head: 'CTAs/SM', align: 'right' },
  ] as const;
  const rows = fitting.map((candidate, i) => {
    const { cost } = candidate;
    return [
      markOf(i, view),
      tileOf(candidate),
      timeOf(candidate),
      boundNames[cost.time.boundBy],
      bytes(cost.operandBytes),
      percent(cost.padding.total),
      grouped(cost.waves.count),
      percent(cost.waves.lastIdle),
      String(cost.occupancy.ctasPerSm),
    ];
  });
  const names = fitting.map(({ kernel }) => visible(kernel.functionName));
  if (width === undefined) {
    return table(
      [...columns, { head: 'name' }],
      rows.map((row, i) => [...row, names[i] ?? '']),
      view,
    );
  }
  const text = table(columns, rows, view);
  if (widthOf(text) + indentOfAll <= width) return withNamesBelow(text, names, view);
  return fitting
    .map((candidate, i) => {
      const words = paragraph(inWords(candidate, target), view, { indent: '    ', paint: paint.dim });
      return `${markOf(i, view)} ${names[i] ?? ''}\n${words}`;
    })
    .join('');
}

/** Blanks that a report puts before the table. */
const indentOfAll = 2;

/** Columns that a text takes on a terminal. */
function widthOf(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );
}

function markOf(rank: number, { paint }: View): string {
  return rank === 0 ? paint.green('✓') : paint.dim('○');
}

function inWords(candidate: FittingKernel, { numSms }: Target): string {
  const { time, operandBytes, padding, waves, occupancy } = candidate.cost;
  return [
    `estimated ${timeOf(candidate)}, bound by ${boundNames[time.boundBy]}`,
    `loads ${bytes(operandBytes)} of A and B`,
    `${percent(padding.total)} padding`,
    `${count(waves.count, 'wave')} of ${numSms} SMs, the last ${percent(waves.lastIdle)} idle`,
    `${count(occupancy.ctasPerSm, 'CTA')} on an SM`,
  ].join('; ');
}
