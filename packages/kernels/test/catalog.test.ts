import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogUrls } from '@gemm-preflight/kernels';
import type { KernelCatalog } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';

const read = (url: URL): KernelCatalog => JSON.parse(readFileSync(url, 'utf8')) as KernelCatalog;
const nvccRelease = /\bV(\d+\.\d+\.\d+)/.exec(
  spawnSync(process.env['NVCC'] ?? 'nvcc', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)?.[1];
const builtWith = /with nvcc (\d+\.\d+\.\d+)/.exec(read(catalogUrls.preflight).note ?? '')?.[1];

describe('our own kernels', () => {
  const { kernels } = read(catalogUrls.preflight);

  it('cover the token tiles 8, 16, 32 and 64', () => {
    expect(kernels.map(({ tileN }) => tileN)).toEqual([8, 16, 32, 64]);
  });

  it.each(kernels)(
    '$functionName: the cubin is there and has the digest that the catalog states',
    ({ cubin = '', sha256 }) => {
      const file = new URL(cubin, catalogUrls.preflight);
      expect(existsSync(file)).toBe(true);
      expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(sha256);
    },
  );

  it.skipIf(nvccRelease !== builtWith)(
    `are what their source builds to (runs where nvcc ${builtWith} is; here: ${nvccRelease ?? 'no nvcc'})`,
    () => {
      const check = spawnSync(
        process.execPath,
        [fileURLToPath(new URL('../build.mjs', import.meta.url)), '--check'],
        {
          encoding: 'utf8',
        },
      );
      expect(check.stderr).toBe('');
      expect(check.status).toBe(0);
    },
    120_000,
  );
});

describe('published kernels', () => {
  it('are metadata alone, and the note says where their cubins come from', () => {
    const { kernels, note } = read(catalogUrls.trtllmGen2025);
    expect(kernels).toHaveLength(5);
    expect(kernels.every(({ cubin }) => cubin === undefined)).toBe(true);
    expect(note).toMatch(/TensorRT-LLM|FlashInfer/);
  });
});
