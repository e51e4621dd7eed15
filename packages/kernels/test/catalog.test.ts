import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogUrls } from '@gemm-preflight/kernels';
import type { KernelCatalog, KernelInfo } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';

const read = (url: URL): KernelCatalog => JSON.parse(readFileSync(url, 'utf8')) as KernelCatalog;
const nvccRelease = /\bV(\d+\.\d+\.\d+)/.exec(
  spawnSync(process.env['NVCC'] ?? 'nvcc', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)?.[1];
const builtWith = /with nvcc (\d+\.\d+\.\d+)/.exec(read(catalogUrls.preflight).note ?? '')?.[1];

describe('our own kernels', () => {
  const { kernels } = read(catalogUrls.preflight);

  const tilesWhere = (matches: (kernel: KernelInfo) => boolean) =>
    [
      ...new Set(
        kernels
          .filter(matches)
          .map(({ batchMode, tileM, tileN }) => `${batchMode} ${batchMode === 'batchN' ? tileN : tileM}`),
      ),
    ].join(', ');
  const everyTile = 'batchN 8, batchN 16, batchN 32, batchN 64, batchN 128, batchM 128, batchM 256';

  it.each([
    ['E4m3 with DeepSeek scales to Bfloat16', 'E4m3', 'Bfloat16', true],
    ['E4m3 with DeepSeek scales to E4m3', 'E4m3', 'E4m3', true],
    ['E4m3 to Bfloat16', 'E4m3', 'Bfloat16', false],
    ['E4m3 to Fp16', 'E4m3', 'Fp16', false],
    ['E4m3 to E4m3', 'E4m3', 'E4m3', false],
    ['Bfloat16', 'Bfloat16', 'Bfloat16', false],
    ['Fp16', 'Fp16', 'Fp16', false],
  ])('cover every token tile: %s', (_, dtypeElt, dtypeC, blockScale) => {
    const matches = (kernel: KernelInfo) =>
      kernel.ruleSet === 'hopper-native@1' &&
      kernel.dtypeElt === dtypeElt &&
      kernel.dtypeC === dtypeC &&
      kernel.blockScale === blockScale &&
      kernel.paramsAbi === 'trtllm-gen/1' &&
      !kernel.permuteFusion &&
      kernel.numSlicesForSplitK === 1;
    expect(tilesWhere(matches)).toBe(everyTile);
  });

  it('cover every token tile: routed tokens, and token counts from the device', () => {
    expect(tilesWhere(({ permuteFusion }) => permuteFusion === true)).toBe(everyTile);
    expect(tilesWhere(({ paramsAbi }) => paramsAbi === 'trtllm-gen/2')).toBe(everyTile);
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
    600_000, // a hundred compilations, beside all other tests
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
