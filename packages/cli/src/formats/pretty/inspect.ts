import type { CubinKernel } from '@gemm-preflight/launcher-native';
import type { ReadFile, ReadImage } from '../../cubins/device-file.js';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import { withNamesBelow } from './kernels.js';
import { grouped } from './numbers.js';
import { table } from './table.js';
import { indented } from './text.js';
import type { View } from './view.js';

/** What a file with device code holds. A cubin alone has no heading of its own but the file. */
export function formatInspected(file: ReadFile, view: View): string {
  const { paint } = view;
  const [only] = file.images;
  const title = paint.bold(visible(file.path));
  if (file.kind === 'cubin' && only !== undefined) return `${title}: ${describe(only, view)}`;
  const parts =
    file.kind === 'fatbin' ? count(file.images.length, 'member') : count(file.images.length, 'image');
  const images = file.images.map((image) => `\n${visible(image.place)}: ${describe(image, view)}`);
  return `${title}: a ${file.kind} of ${grouped(file.bytes)} bytes, with ${parts}\n${images.join('')}`;
}

/** An image in a line, and its kernels below. */
function describe(
  { kind, smVersion, compression, size, sha256, cubin, problem }: ReadImage,
  view: View,
): string {
  const { paint } = view;
  const packed = compression === 'none' ? '' : `, compressed with ${compression === 'lz4' ? 'LZ4' : 'zstd'}`;
  const arch = cubin?.arch ?? (smVersion === undefined ? '' : `sm_${smVersion}`);
  const head = `${kinds[kind]}${arch && ` for ${arch}`}, ${grouped(size)} bytes${packed}\n`;
  const digest = kind === 'cubin' && sha256 !== undefined ? paint.dim(`  sha256 ${sha256}\n`) : '';
  if (problem !== undefined) return `${head}${digest}  ${paint.red('✗')} ${visible(problem)}\n`;
  if (kind === 'ptx')
    return `${head}  no machine code: a driver would have to compile it, and Preflight does not load it\n`;
  if (cubin === undefined) return head;
  if (cubin.kernels.length === 0) return `${head}${digest}  no kernels\n`;
  return `${head}${digest}\n${indented(kernelTable(cubin.kernels, view), '  ')}`;
}

const kinds = { cubin: 'a cubin', ptx: 'PTX', other: 'code of a kind that is unknown' } as const;

const columns = [
  { head: 'registers', align: 'right' },
  { head: 'shared mem', align: 'right' },
  { head: 'local mem', align: 'right' },
  { head: 'parameters', align: 'right' },
  { head: 'threads', align: 'right' },
  { head: 'cluster' },
  { head: 'constants' },
] as const;

/** The names are long: they come last, and on a terminal below the rest. */
function kernelTable(kernels: readonly CubinKernel[], view: View): string {
  const rows = kernels.map((kernel) => [
    String(kernel.numRegisters),
    grouped(kernel.staticSharedMemBytes),
    grouped(kernel.localMemBytes),
    kernel.params.map(({ bytes }) => grouped(bytes)).join(' + ') || 'none',
    threadsOf(kernel),
    kernel.requiredCluster?.join('×') ?? 'any',
    kernel.constantBanks.map(({ bank, bytes }) => `${grouped(bytes)} in bank ${bank}`).join(', '),
  ]);
  const names = kernels.map(({ name }) => visible(name));
  if (view.width !== undefined) return withNamesBelow(table(columns, rows, view), names, view);
  return table(
    [...columns, { head: 'name' }],
    rows.map((row, i) => [...row, names[i] ?? '']),
    view,
  );
}

function threadsOf({ requiredBlock, maxThreads }: CubinKernel): string {
  if (requiredBlock !== undefined) return requiredBlock.join('×');
  return maxThreads === undefined ? 'any' : `at most ${grouped(maxThreads)}`;
}
