import type { RefusalReason, RefusedKernel } from '@gemm-preflight/checker-wasm';
import type { OptionName } from '@gemm-preflight/types';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import { paragraph } from './text.js';
import type { View } from './view.js';

/** Names that a group shows when nobody asked why; one more is shown rather than counted. */
const namesShown = 3;

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
  const shortened = groups.some(({ varied, names }) => varied || names.length > namesShown + 1);
  return [
    ...groups.map((group) => formatGroup(group, view, why)),
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

/** How far kernels are from fitting: first what rules refuse, then what computes something else, then other GPUs'. */
function distance({ reasons }: Group): number {
  if (reasons.some(({ kind }) => kind === 'arch')) return Number.POSITIVE_INFINITY;
  const others = reasons.filter(({ kind }) => kind !== 'rule').length;
  return others * manyRules + reasons.length;
}

/** More reasons than the rules can give. */
const manyRules = 1000;

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
