import type { RefusalReason, RefusedKernel } from '@gemm-preflight/checker-wasm';
import type { OptionName } from '@gemm-preflight/types';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import { paragraph } from './text.js';
import type { View } from './view.js';

/** Names that a group shows when nobody asked why; one more is shown rather than counted. */
const namesShown = 3;

/** So many groups are shown then, the nearest misses; one more is shown rather than counted. Kernels for other GPUs are a group of their own. */
const groupsShown = 5;

/** Options that a problem sets. A fix of any other would need another kernel. */
const problemOptions: ReadonlySet<OptionName> = new Set<OptionName>([
  ...(['m', 'n', 'k', 'batchedM', 'batchedN', 'numTokens', 'allReduceAlgo'] as const),
  ...(['clusterDimX', 'clusterDimY', 'clusterDimZ'] as const),
]);

/** Refused kernels of one kind. */
interface Group {
  readonly reasons: readonly RefusalReason[];
  /** Reasons with other numbers have been left out. */
  varied: boolean;
  readonly names: string[];
}

/**
 * Refused kernels in groups by what speaks against them, the nearest misses first.
 * @param why tell reasons with different numbers apart, show all names, and what a problem could change
 */
export function formatRefused(refused: readonly RefusedKernel[], view: View, why: boolean): string {
  const groups = [...groupsOf(refused, why)].sort((a, b) => distance(a) - distance(b));
  const near = groups.filter(({ reasons }) => !isForOtherGpu(reasons));
  const others = groups.slice(near.length);
  const shown = why || near.length <= groupsShown + 1 ? near : near.slice(0, groupsShown);
  const left = near.slice(shown.length);
  const shortened =
    left.length > 0 || groups.some(({ varied, names }) => varied || names.length > namesShown + 1);
  return [
    ...shown.map((group) => formatGroup(group, view, why)),
    left.length === 0 ? '' : formatLeft(left, view),
    ...others.map((group) => formatGroup(group, view, why)),
    shortened && !why ? `  ${view.paint.dim('preflight kernels --problem FILE --why tells all')}\n` : '',
  ].join('');
}

function groupsOf(refused: readonly RefusedKernel[], why: boolean): Iterable<Group> {
  const groups = new Map<string, Group>();
  for (const { kernel, reasons } of refused) {
    const telling = tellingOf(reasons);
    const messages = telling.map(({ message }) => message).join('; ');
    const key = why ? messages : telling.map(keyOf).join('; ');
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { reasons: telling, varied: false, names: [kernel.functionName] });
      continue;
    }
    group.names.push(kernel.functionName);
    group.varied ||= messages !== group.reasons.map(({ message }) => message).join('; ');
  }
  return groups.values();
}

/** Of a kernel that is not for this GPU, nothing else matters. */
function tellingOf(reasons: readonly RefusalReason[]): readonly RefusalReason[] {
  const arch = reasons.find(({ kind }) => kind === 'arch');
  return arch === undefined ? reasons : [arch];
}

/** What rules say of different numbers has the same key. Mismatches differ in names, of which there are few. */
function keyOf(reason: RefusalReason): string {
  if (reason.kind === 'rule') return reason.diagnostic.rule;
  return reason.kind === 'compiled-option' ? reason.kind : reason.message;
}

function isForOtherGpu(reasons: readonly RefusalReason[]): boolean {
  return reasons.some(({ kind }) => kind === 'arch');
}

/** How far kernels are from fitting: first what rules refuse, then what computes something else, then other GPUs'. */
function distance({ reasons }: Group): number {
  if (isForOtherGpu(reasons)) return Number.POSITIVE_INFINITY;
  const others = reasons.filter(({ kind }) => kind !== 'rule').length;
  return others * manyRules + reasons.length;
}

/** More reasons than the rules can give. */
const manyRules = 1000;

/** Groups that are not shown, in a line. */
function formatLeft(left: readonly Group[], { paint }: View): string {
  const kernels = left.reduce((sum, { names }) => sum + names.length, 0);
  return `${paint.red('✗')} ${count(kernels, 'kernel')} that differ in more\n`;
}

function formatGroup({ reasons, varied, names }: Group, view: View, why: boolean): string {
  const { paint } = view;
  const shown = why || names.length <= namesShown + 1 ? names : names.slice(0, namesShown);
  const left = names.length - shown.length;
  const kernels = `${count(names.length, 'kernel')}${varied ? ', with such numbers' : ''}`;
  const [only, second] = reasons.map(({ message }) => message);
  const line = (text: string, head: string) => paragraph(text, view, { indent: '    ', head });
  return [
    second === undefined && only !== undefined
      ? paragraph(`${kernels}: ${only}`, view, { indent: '  ', head: `${paint.red('✗')} ` })
      : `${paint.red('✗')} ${kernels}:\n${reasons.map(({ message }) => line(message, '  - ')).join('')}`,
    ...[...new Set(why ? reasons.flatMap(fixesOf) : [])].map((fix) => line(`fix: ${fix}`, '    ')),
    ...shown.map((name) => `    ${paint.dim(visible(name))}\n`),
    left > 0 ? `    ${paint.dim(`… and ${left.toLocaleString('en-US')} more`)}\n` : '',
  ].join('');
}

/** What a problem could change to get past a rule. */
function fixesOf(reason: RefusalReason): readonly string[] {
  if (reason.kind !== 'rule') return [];
  return (reason.diagnostic.fixes ?? [])
    .filter(({ changes }) => changes.every(({ field }) => problemOptions.has(field)))
    .map(({ title }) => title);
}
