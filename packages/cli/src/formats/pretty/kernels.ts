import type { KernelInfo, Target } from '@gemm-preflight/types';
import type { CatalogEntry } from '../../input/catalog.js';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import { grouped } from './numbers.js';
import { type Column, table } from './table.js';
import type { View } from './view.js';

/** So many kernels have their names below them on a terminal; of more, rows of a line each are easier to read. */
const mostNamed = 10;

/**
 * Kernels as a table: one of all, with their names at the end, for a file or a pipe; on a terminal one for each kind of product, since names are
 * long, and of a few with each name below.
 */
export function formatKernels(
  entries: readonly CatalogEntry[],
  target: Target | undefined,
  view: View,
): string {
  const on = target === undefined ? '' : ` for ${target.name} (${target.arch})`;
  if (entries.length === 0) return `no kernels${on}\n`;
  const total = `${count(entries.length, 'kernel')}${on}`;
  if (view.width === undefined) {
    const rows = entries.map((entry) => [...kindOf(entry), ...rowOf(entry, view), nameOf(entry)]);
    return `${table([...kindColumns, ...columns, { head: 'name' }], rows, view)}\n${total}\n`;
  }
  const isNamed = entries.length <= mostNamed;
  const kinds = [...new Set(entries.map((entry) => kindOf(entry).join(', ')))];
  const tables = kinds.map((kind) => {
    const members = entries.filter((entry) => kindOf(entry).join(', ') === kind);
    const rows = table(
      columns,
      members.map((entry) => rowOf(entry, view)),
      view,
    );
    return `${view.paint.bold(kind)}\n${isNamed ? withNamesBelow(rows, members.map(nameOf), view) : rows}`;
  });
  const more = isNamed
    ? ''
    : '; their names are in a pipe’s table (preflight kernels | less -S) and in --format json';
  return `${tables.join('\n')}\n${total}${more}\n`;
}

/** What a kernel computes, and what tells kernels of the same product apart. */
const kindColumns: readonly Column[] = [{ head: 'arch' }, { head: 'types' }, { head: 'tokens' }];

function kindOf({ kernel }: CatalogEntry): readonly string[] {
  const { arch, batchMode, dtypeElt, dtypeC, dtypeAcc, blockScale } = kernel;
  return [
    arch,
    `${dtypeElt} → ${dtypeAcc} → ${dtypeC}${blockScale ? ', block scales' : ''}`,
    batchMode === 'batchM' ? 'along m' : 'along n',
  ];
}

const columns: readonly Column[] = [
  { head: 'tile' },
  { head: 'epilogue' },
  { head: 'cluster' },
  { head: 'with' },
  { head: 'stages', align: 'right' },
  { head: 'shared mem', align: 'right' },
  { head: 'cubin' },
];

function rowOf({ kernel, cubinPath }: CatalogEntry, { paint }: View): readonly string[] {
  return [
    tileOf(kernel),
    `${kernel.epilogueTileM}×${kernel.epilogueTileN}`,
    clusterOf(kernel) ?? '',
    featuresOf(kernel).join(', '),
    String(kernel.numStages),
    grouped(kernel.sharedMemSize),
    cubinPath === undefined ? paint.dim('no') : paint.green('yes'),
  ];
}

/** `128×64×128`. */
export function tileOf({ tileM, tileN, tileK }: KernelInfo): string {
  return `${tileM}×${tileN}×${tileK}`;
}

/** `2×1×1`; undefined of a kernel that was compiled for one CTA, or for whatever the launch has. */
export function clusterOf({ clusterDimX = 1, clusterDimZ = 1 }: KernelInfo): string | undefined {
  return clusterDimX * clusterDimZ > 1 ? `${clusterDimX}×1×${clusterDimZ}` : undefined;
}

/** What else was compiled in: tokens that a map routes, slices of k, weights that are shuffled, batches that only the device knows. */
function featuresOf(kernel: KernelInfo): readonly string[] {
  return [
    ...(kernel.permuteFusion ? ['routed'] : []),
    ...(kernel.numSlicesForSplitK > 1 ? [`k in ${kernel.numSlicesForSplitK}`] : []),
    ...(kernel.shuffledMatrixA ? ['shuffled'] : []),
    ...(kernel.paramsAbi === 'trtllm-gen/2' ? ['dynamic'] : []),
  ];
}

function nameOf({ kernel }: CatalogEntry): string {
  return visible(kernel.functionName);
}

/** Puts a name under every line of a table but the heads. */
export function withNamesBelow(text: string, names: readonly string[], { paint }: View): string {
  const [heads = '', ...lines] = text.trimEnd().split('\n');
  const rows = lines.map((line, i) => `${line}\n  ${paint.dim(names[i] ?? '')}\n`);
  return `${heads}\n${rows.join('')}`;
}
