import { isAbsolute } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInCatalogs, readCatalog } from '../src/input/catalog.js';
import { problemExample } from './support/configurations.js';
import { root, run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

const own = 'packages/kernels/catalog/preflight-sm90a.json';

describe('kernels', () => {
  it('lists the kernels of the built-in catalogs', async () => {
    const { code, stdout } = await run(['kernels']);
    expect(code).toBe(0);
    const [heads, first] = stdout.split('\n');
    expect(heads?.split(/ {2,}/)).toEqual([
      'arch',
      'types',
      'tokens',
      'tile',
      'epilogue',
      'stages',
      'shared mem',
      'cubin',
      'name',
    ]);
    expect(first?.split(/ {2,}/)).toEqual([
      'sm90a',
      'E4m3 → Fp32 → Bfloat16',
      'along n',
      '128×8×128',
      '128×8',
      '4',
      '71,744',
      'yes',
      'preflight_BatchN_E4m3Fp32_Bfloat16_Tile128x8x128_EpiTile128x8_Mma64x8x32_Cluster1x1x1_transposeMmaOutput_sm90a',
    ]);
    expect(stdout).toContain('\n9 kernels\n');
  });

  it('--target keeps those that run there', async () => {
    expect((await run(['kernels', '--target', 'b200'])).stdout).toContain('\n5 kernels for b200 (sm100a)\n');
    expect((await run(['kernels', '--target', 'b300'])).stdout).toBe('no kernels for b300 (sm103a)\n');
  });

  it('--catalog takes others in their place, and can be given again', async () => {
    const { kernels } = JSON.parse((await run(['kernels', '--catalog', own, '--format', 'json'])).stdout);
    expect(kernels).toHaveLength(4);
    const twice = await run(['kernels', '--catalog', own, '--catalog', own, '--format', 'json']);
    expect(JSON.parse(twice.stdout).kernels).toHaveLength(8);
  });

  it('puts names below on a terminal, where the table has to fit', async () => {
    const { stdout } = await run(['kernels', '--target', 'h200'], { columns: 100, env: { NO_COLOR: '1' } });
    expect(stdout.split('\n')[2]).toMatch(/^ {2}preflight_BatchN_/);
  });

  it('as JSON has what the catalog has, and where it is', async () => {
    const { kernels } = JSON.parse((await run(['kernels', '--format', 'json'])).stdout);
    expect(kernels[0]).toMatchObject({ arch: 'sm90a', tileN: 8, sharedMemSize: 71744 });
    expect(isAbsolute(kernels[0].cubinPath)).toBe(true);
    expect(kernels.at(-1).cubinPath).toBe(null);
  });
});

describe('kernels --problem', () => {
  it('ranks those that fit, and says why the others do not', async () => {
    const { code, stdout } = await run(['kernels', '--problem', problemExample]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/gate and up projection on h100\n/);
    expect(stdout).toMatch(
      / {2}✓ preflight_\S*Tile128x16x128\S*\n {6}loads 358 MiB of A and B, 70 % padding, /,
    );
    expect(stdout).toContain('  ✗ built for sm100a, and h100 is sm90a\n      MoE_ProjUp__');
  });

  it('has exit code 1 where none fits', async () => {
    const { code, stdout } = await run(['kernels', '--problem', problemExample, '--target', 'b200']);
    expect(code).toBe(1);
    expect(stdout).toContain('  ✗ none of 9 kernels fits\n');
    expect(stdout).toContain('  ✗ needs DeepSeek block scales, which the problem has not\n');
  });

  it('as JSON has all candidates, the best first', async () => {
    const argv = ['kernels', '--problem', problemExample, '--format', 'json'];
    const { target, problems } = JSON.parse((await run(argv)).stdout);
    expect(target).toBe('h100');
    expect(problems[0].candidates).toHaveLength(9);
    expect(problems[0].candidates.map(({ fits }: { fits: boolean }) => fits).indexOf(false)).toBe(4);
    expect(problems[0].candidates[0].cost.operandBytes).toBeLessThan(
      problems[0].candidates[1].cost.operandBytes,
    );
  });
});

describe('readCatalog', () => {
  it('finds cubins relative to the catalog’s file', async () => {
    const entries = await readCatalog(own, root);
    expect(entries[0]?.cubinPath).toBe(
      `${root}packages/kernels/cubins/${entries[0]?.kernel.functionName}.cubin`,
    );
  });

  it('tells the place and path of a wrong entry', async () => {
    const [entry] = await builtInCatalogs();
    const file = temporaryFile('catalog.json', { kernels: [{ ...entry?.kernel, batchMode: 'batchK' }] });
    await expect(readCatalog(file)).rejects.toThrow(
      /catalog\.json:9:20: kernels\[0\]\.batchMode is "batchK", which is none of batchM, batchN; did you mean "batchM"\?$/,
    );
  });
});
