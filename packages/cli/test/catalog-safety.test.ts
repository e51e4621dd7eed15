import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { KernelInfo } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { readBounded } from '../src/input/read-bounded.js';
import { kernel, kernelWithoutHash, onlyLine, problemFile, runEmulated } from './run/tiny.js';
import { run } from './support/run-main.js';
import { temporaryFile, temporaryFolder } from './support/temporary.js';

/** A folder with a catalog, whose entry names a cubin as given. */
function catalogIn(folder: string, cubin: string, info: KernelInfo = kernel): string {
  const path = join(folder, 'catalog.json');
  writeFileSync(path, JSON.stringify({ kernels: [{ ...info, cubin }] }));
  return path;
}

const newFolder = () => mkdtempSync(join(temporaryFolder(), 'catalog-'));

describe('a catalog that somebody else made', () => {
  it.each([
    '../kernel.cubin',
    '/etc/passwd',
    'a/../../kernel.cubin',
    '..',
    'C:\\kernel.cubin',
    '\\\\host\\x',
  ])('names no cubin outside of its folder: %j', async (cubin) => {
    const catalog = catalogIn(newFolder(), cubin);
    for (const command of ['kernels', `plan ${problemFile()}`, `run ${problemFile()} --device emulator`]) {
      const ran = await run([...command.split(' '), '--catalog', catalog]);
      expect([ran.code, ran.stdout]).toEqual([2, '']);
      expect(onlyLine(ran)).toBe(
        `preflight: ${catalog}: kernels[0].cubin is ${JSON.stringify(cubin)}; it must be a path below the catalog’s folder`,
      );
    }
  });

  it('reaches none through a link either', async () => {
    const folder = newFolder();
    symlinkSync(kernel.cubin, join(folder, 'kernel.cubin'));
    const ran = await runEmulated(problemFile(), '--catalog', catalogIn(folder, 'kernel.cubin'));
    expect(ran.code).toBe(1);
    expect(onlyLine(ran)).toBe(
      `preflight: cannot read the cubin ${join(folder, 'kernel.cubin')}, which the catalog names: ` +
        `a link leads out of ${folder}, to ${kernel.cubin}`,
    );
  });

  it('may have its cubins below, and link to them there', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'cubins'));
    copyFileSync(kernel.cubin, join(folder, 'cubins', 'kernel.cubin'));
    symlinkSync('cubins/kernel.cubin', join(folder, 'link.cubin'));
    const linked = join(newFolder(), 'linked');
    symlinkSync(folder, linked);
    for (const place of [folder, linked]) {
      const ran = await runEmulated(problemFile(), '--catalog', catalogIn(place, 'link.cubin'));
      expect([ran.code, ran.stderr]).toEqual([0, '']);
    }
  });

  it('is refused beyond 64 MiB', async () => {
    const path = temporaryFile('huge.json', '{}');
    truncateSync(path, 64 * 2 ** 20 + 1);
    const ran = await run(['kernels', '--catalog', path]);
    expect([ran.code, onlyLine(ran)]).toEqual([
      2,
      `preflight: cannot read ${path}: it is larger than 64 MiB`,
    ]);
  });

  it.skipIf(!existsSync('/dev/zero'))('is not read without end', async () => {
    const ran = await run(['kernels', '--catalog', '/dev/zero']);
    expect(onlyLine(ran)).toBe('preflight: cannot read /dev/zero: it is larger than 64 MiB');
  });

  it('is refused beyond 20,000 kernels', async () => {
    const { cubin: _, ...info } = kernel;
    const path = temporaryFile('many.json', JSON.stringify({ kernels: new Array(20_001).fill(info) }));
    const ran = await run(['kernels', '--catalog', path]);
    expect(onlyLine(ran)).toBe(`preflight: ${path} has 20001 kernels; at most 20000 are read`);
  });
});

describe('a cubin that its catalog has no sha256 of', () => {
  const folder = newFolder();
  copyFileSync(kernel.cubin, join(folder, 'kernel.cubin'));
  const catalog = catalogIn(folder, 'kernel.cubin', kernelWithoutHash);

  it('is not loaded, and the line has the digest of its bytes', async () => {
    const ran = await runEmulated(problemFile(), '--catalog', catalog);
    expect(ran.code).toBe(1);
    expect(onlyLine(ran)).toBe(
      `preflight: ${kernel.functionName} has no sha256 in ${catalog}: write "sha256": "${kernel.sha256}" there if you ` +
        'trust kernel.cubin, or run with --allow-unhashed',
    );
  });

  it('is loaded with --allow-unhashed', async () => {
    const ran = await runEmulated(problemFile(), '--catalog', catalog, '--allow-unhashed');
    expect([ran.code, ran.stderr]).toEqual([0, '']);
  });

  it('still has to match where there is one', async () => {
    const wrong = catalogIn(newFolder(), 'kernel.cubin', { ...kernel, sha256: '0'.repeat(64) });
    copyFileSync(kernel.cubin, join(wrong, '..', 'kernel.cubin'));
    const ran = await runEmulated(problemFile(), '--catalog', wrong, '--allow-unhashed');
    expect(ran.code).toBe(1);
    expect(onlyLine(ran)).toContain(
      `sha256: the catalog says ${'0'.repeat(64)}, the file has ${kernel.sha256}`,
    );
  });
});

describe('readBounded', () => {
  const path = temporaryFile('four', 'four');

  it('reads as much as it may, and not a byte more', async () => {
    expect((await readBounded(path, 4)).toString()).toBe('four');
    await expect(readBounded(path, 3)).rejects.toThrow(`cannot read ${path}: it is larger than 3 bytes`);
    expect(
      createHash('sha256')
        .update(await readBounded(kernel.cubin, 2 ** 20))
        .digest('hex'),
    ).toBe(kernel.sha256);
  });
});
