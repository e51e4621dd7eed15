import type { Bound, FittingKernel, KernelSelection } from '@gemm-preflight/checker-wasm';
import type { Problem, Target } from '@gemm-preflight/types';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import { clusterOf, tileOf, withNamesBelow } from './kernels.js';
import { bytes, grouped, percent } from './numbers.js';
import { formatRefused } from './refused.js';
import { table, widthOf } from './table.js';
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
  const time = expectedWords(selected);
  if (next === undefined) return `${time}: the only one of ${count(candidates.length, 'kernel')} that fits`;
  // By the same means, the next would come first if it were faster.
  const faster = next.rankedBy === selected.rankedBy && expectedUs(next) < expectedUs(selected);
  const rank = faster ? 'the best that has a cubin' : 'the best';
  const means = next.rankedBy === selected.rankedBy ? '' : ` ${rankWords[next.rankedBy]}`;
  const name =
    shortNameOf(next) === shortNameOf(selected) ? visible(next.kernel.functionName) : shortNameOf(next);
  return `${time}: ${rank} of ${others.length + 1} that fit, next ${name} with${means} ${microseconds(expectedUs(next))}`;
}

const boundNames: Readonly<Record<Bound, string>> = {
  memory: 'memory',
  operands: 'operands',
  tensorCores: 'tensor cores',
  latency: 'latency',
};

const rankWords: Readonly<Record<FittingKernel['rankedBy'], string>> = {
  measured: 'measured',
  interpolated: 'expected',
  model: 'estimated',
};

/** The time that a kernel's rank comes from. */
function expectedUs({ cost, measuredUs, interpolatedUs }: FittingKernel): number {
  return measuredUs ?? interpolatedUs ?? cost.time.estimatedUs;
}

/** `measured 12 µs (estimated 10 µs, bound by memory)`. */
function expectedWords(candidate: FittingKernel): string {
  const { rankedBy, cost } = candidate;
  const estimate = `estimated ${timeOf(candidate)}, bound by ${boundNames[cost.time.boundBy]}`;
  if (rankedBy === 'model') return estimate;
  const near = rankedBy === 'interpolated' ? ' by near measurements' : '';
  return `${rankWords[rankedBy]} ${microseconds(expectedUs(candidate))}${near} (${estimate})`;
}

function timeOf({ cost }: FittingKernel): string {
  return microseconds(cost.time.estimatedUs);
}

function microseconds(us: number): string {
  return `${Number(us.toPrecision(3))} µs`;
}

/** What is short and tells most kernels that fit a problem apart: `128×64×128`, `128×64×128 in clusters 1×1×2`. */
function shortNameOf({ kernel }: FittingKernel): string {
  const cluster = clusterOf(kernel);
  return cluster === undefined ? tileOf(kernel) : `${tileOf(kernel)} in clusters ${cluster}`;
}

/** A measured time; one that follows from near problems is marked as such. */
function measuredCell(candidate: FittingKernel): string {
  if (candidate.rankedBy === 'model') return '';
  const mark = candidate.rankedBy === 'interpolated' ? '≈ ' : '';
  return `${mark}${microseconds(expectedUs(candidate))}`;
}

/** The kernels that fit as a table, the best first; where that is too wide, in words. */
function formatFitting(fitting: readonly FittingKernel[], target: Target, view: View): string {
  const { paint, width } = view;
  // Only where there are measurements: a column more is one that a terminal may not have room for.
  const isMeasured = fitting.some(({ rankedBy }) => rankedBy !== 'model');
  const isClustered = fitting.some(({ kernel }) => clusterOf(kernel) !== undefined);
  const columns = [
    { head: '' },
    { head: 'tile' },
    ...(isClustered ? [{ head: 'cluster' } as const] : []),
    ...(isMeasured ? [{ head: 'measured', align: 'right' } as const] : []),
    { head: 'estimate', align: 'right' },
    { head: 'bound by' },
    { head: 'loads', align: 'right' },
    { head: 'padding', align: 'right' },
    { head: 'waves', align: 'right' },
    { head: 'idle', align: 'right' },
    { head: 'CTAs/SM', align: 'right' },
  ] as const;
  const rows = fitting.map((candidate, i) => {
    const { cost } = candidate;
    return [
      markOf(i, view),
      tileOf(candidate.kernel),
      ...(isClustered ? [clusterOf(candidate.kernel) ?? ''] : []),
      ...(isMeasured ? [measuredCell(candidate)] : []),
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

function markOf(rank: number, { paint }: View): string {
  return rank === 0 ? paint.green('✓') : paint.dim('○');
}

function inWords(candidate: FittingKernel, { numSms }: Target): string {
  const { operandBytes, padding, waves, occupancy } = candidate.cost;
  return [
    expectedWords(candidate),
    `loads ${bytes(operandBytes)} of A and B`,
    `${percent(padding.total)} padding`,
    `${count(waves.count, 'wave')} of ${numSms} SMs, the last ${percent(waves.lastIdle)} idle`,
    `${count(occupancy.ctasPerSm, 'CTA')} on an SM`,
  ].join('; ');
}
