import type { Import, ImportedKernel } from '../../import/import-kernels.js';
import type { WrittenImport } from '../../import/write-catalog.js';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import type { View } from './view.js';

/** What an import came to: the kernels that have become entries, those that have not, and what was left out. */
export function formatImport(
  { kernels, leftOut }: Import,
  { catalog, incomplete }: WrittenImport,
  view: View,
): string {
  const { paint } = view;
  const imported = kernels.filter(({ problems }) => problems.length === 0);
  const refused = kernels.filter(({ problems }) => problems.length > 0);
  const lines = [
    ...imported.map((kernel) => `${paint.green('✓')} ${nameOf(kernel, view)}\n`),
    ...refused.map(
      (kernel) =>
        `${paint.red('✗')} ${nameOf(kernel, view)}\n${kernel.problems.map((line) => `    ${visible(line)}\n`).join('')}`,
    ),
    ...leftOut.map(({ source, reason, isHarmless }) => {
      const mark = isHarmless ? paint.dim('–') : paint.red('✗');
      return `${mark} ${visible(source)}\n    ${visible(reason)}\n`;
    }),
  ];
  const total =
    catalog === undefined
      ? 'no kernel could be imported'
      : `${count(imported.length, 'kernel')} in ${visible(catalog)}`;
  const rest = refused.length === 0 || catalog === undefined ? '' : `; ${refused.length} not`;
  const fill =
    incomplete === undefined
      ? ''
      : `fill ${visible(incomplete)} in, and import again with --metadata ${visible(incomplete)} --force\n`;
  return `${lines.join('')}\n${total}${rest}\n${fill}`;
}

function nameOf({ functionName, source }: ImportedKernel, { paint }: View): string {
  return `${visible(functionName)}  ${paint.dim(visible(source))}`;
}
