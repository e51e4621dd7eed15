import type { KernelInfo, Target } from '@gemm-preflight/types';
import type { CatalogEntry } from '../../input/catalog.js';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import { grouped } from './numbers.js';
import { table } from './table.js';
import type { View } from './view.js';

/** Kernels as a table. The names are long: they come last, and on a terminal below the rest. */
export function formatKernels(
  entries: readonly CatalogEntry[],
  target: Target | undefined,
  view: View,
): string {
  const on = target === undefined ? '' : ` for ${target.name} (${target.arch})`;
  if (entries.length === 0) return `no kernels${on}\n`;
  const columns = [
    { head: 'arch' },
    { head: 'types' },
    { head: 'tokens' },
    { head: 'tile' },
    { head: 'epilogue' },
    { head: 'stages', align: 'right' },
    { head: 'shared mem', align: 'right' },
    { head: 'cubin' },
  ] as const;
  const rows = entries.map(({ kernel, cubinPath }) => [
    kernel.arch,
    typesOf(kernel),
    kernel.batchMode === 'batchM' ? 'along m' : 'along n',
    `${kernel.tileM}×${kernel.tileN}×${kernel.tileK}`,
    `${kernel.epilogueTileM}×${kernel.epilogueTileN}`,
    String(kernel.numStages),
    grouped(kernel.sharedMemSize),
    cubinPath === undefined ? view.paint.dim('no') : view.paint.green('yes'),
  ]);
  const names = entries.map(({ kernel }) => visible(kernel.functionName));
  const listed =
    view.width === undefined
      ? table(
          [...columns, { head: 'name' }],
          rows.map((row, i) => [...row, names[i] ?? '']),
          view,
        )
      : withNamesBelow(table(columns, rows, view), names, view);
  return `${listed}\n${count(entries.length, 'kernel')}${on}\n`;
}

/** Puts a name under every line of a table but the heads. */
export function withNamesBelow(text: string, names: readonly string[], { paint }: View): string {
  const [heads = '', ...lines] = text.trimEnd().split('\n');
  const rows = lines.map((line, i) => `${line}\n  ${paint.dim(names[i] ?? '')}\n`);
  return `${heads}\n${rows.join('')}`;
}

function typesOf({ dtypeElt, dtypeC, dtypeAcc, blockScale }: KernelInfo): string {
  return `${dtypeElt} → ${dtypeAcc} → ${dtypeC}${blockScale ? ', block scales' : ''}`;
}
