import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelInfo } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { problemExample } from './support/configurations.js';
import { root, run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

const down = {
  name: 'down',
  batchM: false,
  transposeMmaOutput: true,
  m: 7168,
  n: 64,
  k: 2048,
  tokensPerBatch: [3, 0, 8, 1],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
  blockScale: true,
};

const planOf = async (problem: object, ...argv: readonly string[]) => {
  const file = temporaryFile('problem.json', { problems: [problem] });
  const { code, stdout, stderr } = await run(['plan', file, '--format', 'json', ...argv]);
  expect(stderr).toBe('');
  return { code, document: JSON.parse(stdout) };
};

describe('plan', () => {
  it('shows the kernel, the launch, tensor maps, buffers and CTAs of each problem', async () => {
    const { code, stdout } = await run(['plan', problemExample]);
    expect(code).toBe(0);
    const heads = stdout.split('\n').filter((line) => /^\S/.test(line));
    const sections = ['Kernel', 'Check', 'Launch', 'Tensor maps', 'Buffers', 'CTAs along the tokens'];
    expect(heads).toEqual([
      'gate and up projection on h100',
      'E4m3 × E4m3 → Bfloat16, m 1,536, k 2,048, 512 tokens in 128 batches along n',
      ...sections,
      'down projection on h100',
      'E4m3 × E4m3 → Bfloat16, m 2,048, k 768, 512 tokens in 128 batches along n',
      ...sections,
    ]);
    expect(stdout).toMatch(
      / {4}estimated 97\.3 µs, bound by memory: the best of \d+ that fit, next \S+ with [\d.]+ µs\n/,
    );
    expect(stdout).toContain('  grid                 12 × 127 × 1 = 1,524 CTAs\n');
    expect(stdout).toContain('  tmaA  a       UINT8     2,048 × 196,608  2,048           128 × 128  128B\n');
    expect(stdout).toContain('  CTAs    127 of tileN 8, for 128 batches, 26 of them empty\n');
  });

  it('says of a kernel without competition that it is the only one', async () => {
    const file = temporaryFile('only.json', { problems: [{ ...down, dtypeC: 'E4m3' }] });
    const { stdout } = await run(['plan', file]);
    expect(stdout).toMatch(/ {4}estimated [\d.]+ µs, bound by \w+: the only one of \d+ kernels that fits\n/);
  });

  it('tells the next kernel by its tile, or by its name where that has the same', async () => {
    const own = 'packages/kernels/catalog/preflight-sm90a.json';
    const { kernels }: { kernels: readonly KernelInfo[] } = JSON.parse(readFileSync(join(root, own), 'utf8'));
    const nextOf = async (...tiles: readonly KernelInfo[]) => {
      const catalog = temporaryFile('next.json', { kernels: tiles.map(({ cubin: _, ...info }) => info) });
      const { stdout } = await run(['plan', problemExample, '--catalog', catalog]);
      return /the best of 2 that fit, next (\S+) with/.exec(stdout)?.[1];
    };
    const byName = (part: string) => kernels.filter(({ functionName }) => functionName.includes(part));
    const [tile8, tile8Persistent] = byName('BatchN_E4m3Fp32_Bfloat16_Tile128x8x128_').filter(
      ({ blockScale }) => !blockScale,
    );
    const [tile16] = byName('BatchN_E4m3Fp32_Bfloat16_Tile128x16x128_EpiTile128x16');
    if (tile8 === undefined || tile8Persistent === undefined || tile16 === undefined)
      throw new Error('kernels of two tiles are expected');
    expect(await nextOf(tile8, tile16)).toBe('128×16×128');
    expect(await nextOf(tile8, tile8Persistent)).toMatch(/^preflight_BatchN_/);
  });

  it('as JSON has the plan that the launcher takes', async () => {
    const { code, document } = await planOf(down);
    expect(code).toBe(0);
    const [planned] = document.problems;
    expect(document.target).toBe('b200');
    expect(planned.kernel).toMatch(/^MoE_ProjDown_BatchN_E4m3Fp32_Bfloat16_Tile128x8x128/);
    expect(planned.cubin).toBe(null);
    expect(planned.plan).toMatchObject({
      grid: { x: 56, y: 3, z: 1 },
      block: { x: 384, y: 1, z: 1 },
      raiseSharedMemLimit: false,
      outputShape: [24, 7168],
    });
    expect(planned.plan.buffers.map(({ buffer }: { buffer: string }) => buffer)).toContain('dqSfsA');
  });

  it('turns programmatic dependent launch off where TRTLLM_ENABLE_PDL is 0', async () => {
    const file = temporaryFile('pdl.json', { problems: [down] });
    const attribute = async (env: Record<string, string>) => {
      const { stdout } = await run(['plan', file, '--format', 'json'], { env });
      return JSON.parse(stdout).problems[0].plan.attributes.at(-1);
    };
    expect(await attribute({})).toEqual({ id: 'programmaticStreamSerialization', value: true });
    expect((await attribute({ TRTLLM_ENABLE_PDL: '0' })).value).toBe(false);
  });

  it('says that a kernel without a cubin can be planned but not launched', async () => {
    const file = temporaryFile('cubin.json', { problems: [down] });
    expect((await run(['plan', file])).stdout).toContain(
      '  no cubin in the catalog: the plan holds, but preflight run cannot launch it\n',
    );
  });

  it('takes --target over the file’s, and the file’s over b200', async () => {
    const target = async (file: object, ...argv: readonly string[]) => {
      const path = temporaryFile('target.json', { ...file, problems: [down] });
      return JSON.parse((await run(['plan', path, '--format', 'json', ...argv])).stdout).target;
    };
    expect(await target({})).toBe('b200');
    expect(await target({ target: 'h20' })).toBe('h20');
    expect(await target({ target: 'h20' }, '--target', 'gb200')).toBe('gb200');
  });

  it('has exit code 1, and the reasons, where no kernel fits', async () => {
    const { code, document } = await planOf({ ...down, m: 7200 });
    expect(code).toBe(1);
    expect(document.problems[0]).toMatchObject({ kernel: null, plan: null });
    const reasons = document.problems[0].candidates.flatMap(
      (one: { reasons: readonly object[] }) => one.reasons,
    );
    expect(reasons).toContainEqual({
      kind: 'rule',
      rule: 'tma-store-divides-hidden',
      message: 'a TMA store writes whole tiles, and m 7200 is no multiple of tileM 128; 32 are left over',
      fields: expect.arrayContaining(['m', 'tileM']),
      fixes: [{ title: 'set m to 7296', changes: [{ field: 'm', from: 7200, to: 7296 }] }],
    });
  });

  it('has exit code 1, and a line, where no batch has a token', async () => {
    const file = temporaryFile('empty.json', { problems: [{ ...down, tokensPerBatch: [0, 0] }] });
    const { code, stdout, stderr } = await run(['plan', file]);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('✗ 2 kernels: no batch has a token; there is nothing to launch\n');
  });

  it('shows what the check adjusted', async () => {
    const { stdout } = await run(['plan', problemExample]);
    expect(stdout).toContain('  ✓ no error by trtllm-gen@2025-03 on h100\n  adjusted hopper-epilogue-tile\n');
  });

  it('refuses a problem without a batch', async () => {
    const file = temporaryFile('empty.json', { problems: [{ ...down, tokensPerBatch: [] }] });
    const { code, stderr } = await run(['plan', file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^preflight: .*tokensPerBatch.*\n$/);
  });
});
