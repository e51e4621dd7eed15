import type { OpenDevice } from '@gemm-preflight/launcher-native';
import type { KernelMeasurement, ProblemMeasurement, Target } from '@gemm-preflight/types';
import type { Contest } from '../../bench/bench-problem.js';
import { type Floors, floorsOf, rooflineShare, workOf } from '../../bench/roofline.js';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import { withNamesBelow } from './kernels.js';
import { percent } from './numbers.js';
import { problemTitle } from './planned-problem.js';
import { describeProblem, formatSelected } from './selection.js';
import { table, widthOf } from './table.js';
import { indented, paragraph } from './text.js';
import type { View } from './view.js';

/** Characters of the longest bar. */
const barWidth = 16;

/** Where kernels were timed. */
export type TimedOn = Pick<OpenDevice, 'kind' | 'target'>;

/** What the kernels of a problem took, the fastest first. Of an emulator's times, nothing is said that sounds like a GPU's. */
export function formatContest(
  contest: Contest,
  measured: ProblemMeasurement,
  { kind, target }: TimedOn,
  view: View,
): string {
  const { planned, contestants } = contest;
  const { problem } = planned;
  const floors = kind === 'gpu' ? floorsOf(problem, target) : undefined;
  const choice = modelWords(contestants[0]?.entry.kernel.functionName, measured);
  const notes = [
    ...(kind === 'gpu' ? [floorWords(floors)] : []),
    ...leftOut(contest),
    ...(kind === 'gpu' && choice !== undefined ? [choice] : []),
  ];
  return [
    `\n${problemTitle(planned.label, target, view)}${view.paint.dim(describeProblem(problem))}\n`,
    indented(formatTimes(contest, measured, kind === 'gpu', floors, view), '  '),
    ...notes.map((note) => paragraph(note, view, { indent: '  ', paint: view.paint.dim })),
  ].join('');
}

/** A problem that nothing was timed for, and why. */
export function formatNotMeasured(contest: Contest, target: Target, view: View): string {
  const { planned } = contest;
  const { selection, label, problem } = planned;
  const why = leftOut(contest);
  const reasons =
    selection.selected === undefined
      ? indented(formatSelected(selection, view), '  ')
      : `  ${view.paint.red('✗')} nothing to time: ${why.length > 0 ? why.join('; ') : '--only leaves no kernel that fits'}\n`;
  return `\n${problemTitle(label, target, view)}${view.paint.dim(describeProblem(problem))}\n${reasons}`;
}

function leftOut({ withoutCubin, withoutData }: Contest): readonly string[] {
  return [
    ...(withoutCubin > 0 ? [`${count(withoutCubin, 'kernel')} that fit have no cubin in the catalog`] : []),
    ...(withoutData > 0 ? [`no data is drawn for the types of ${count(withoutData, 'kernel')}`] : []),
  ];
}

function formatTimes(
  { planned: { problem }, contestants }: Contest,
  { kernels }: ProblemMeasurement,
  isGpu: boolean,
  floors: Floors | undefined,
  view: View,
): string {
  const fastest = kernels[0]?.medianUs ?? Number.NaN;
  const columns = [
    { head: '' },
    { head: 'tile' },
    { head: 'median', align: 'right' },
    { head: 'least … most', align: 'right' },
    ...(isGpu ? rateColumns : []),
  ] as const;
  const { flops, bytes } = workOf(problem);
  const rows = kernels.map(({ functionName, medianUs, minUs, maxUs }, i) => {
    const kernel = contestants.find(({ entry }) => entry.kernel.functionName === functionName)?.entry.kernel;
    const share = floors === undefined ? '–' : percent(rooflineShare(floors, medianUs));
    return [
      i === 0 ? view.paint.green('✓') : view.paint.dim('○'),
      kernel === undefined ? '' : `${kernel.tileM}×${kernel.tileN}×${kernel.tileK}`,
      `${digits(medianUs)} µs`,
      `${digits(minUs)} … ${digits(maxUs)}`,
      ...(isGpu ? [digits(flops / medianUs / 1e6), digits(bytes / medianUs / 1e3), share] : []),
    ];
  });
  // Bars are of speed: of the roofline where there is one, otherwise of the fastest.
  const bars = kernels.map(({ medianUs }) =>
    view.paint.cyan(barOf(floors === undefined ? fastest / medianUs : rooflineShare(floors, medianUs))),
  );
  const names = kernels.map(({ functionName }) => visible(functionName));
  const withBars = (...last: readonly (readonly [head: string, cells: readonly string[]])[]) =>
    table(
      [...columns, { head: '' }, ...last.map(([head]) => ({ head }))],
      rows.map((row, i) => [...row, bars[i] ?? '', ...last.map(([, cells]) => cells[i] ?? '')]),
      view,
    );
  if (view.width === undefined) return withBars(['name', names]);
  const text = withBars();
  return withNamesBelow(widthOf(text) + 2 <= view.width ? text : table(columns, rows, view), names, view);
}

const rateColumns = [
  { head: 'TFLOPS', align: 'right' },
  { head: 'GB/s', align: 'right' },
  { head: 'roofline', align: 'right' },
] as const;

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar for a share from 0 to 1, to an eighth of a character. What is above 1, as better than published rates would be, ends there. */
export function barOf(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * barWidth * 8);
  return `${'█'.repeat(Math.floor(filled / 8))}${eighths[filled % 8] ?? ''}`;
}

/** Three digits that count: `97.3`, `1250`. */
function digits(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

function floorWords(floors: Floors | undefined): string {
  if (floors === undefined) return 'no rates of this GPU are known, and so no roofline';
  const [memory, cores] = [`${digits(floors.memoryUs)} µs`, `${digits(floors.tensorCoresUs)} µs`];
  return `roofline: memory takes ${memory} at least, tensor cores ${cores}`;
}

/** What the estimate would have chosen, and how much is lost by that; undefined where there was no choice. */
function modelWords(chosen: string | undefined, { kernels }: ProblemMeasurement): string | undefined {
  const [fastest] = kernels;
  const own = kernels.find(({ functionName }) => functionName === chosen);
  if (fastest === undefined || own === undefined || kernels.length < 2) return undefined;
  if (own === fastest) return 'the estimate would choose the fastest, too';
  return `${percent(slower(own, fastest))} slower is what the estimate would choose, ${own.functionName}`;
}

function slower(own: KernelMeasurement, fastest: KernelMeasurement): number {
  return own.medianUs / fastest.medianUs - 1;
}
