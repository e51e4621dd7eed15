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
      'cluster',
      'with',
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
    const all = await builtInCatalogs();
    expect(stdout).toContain(`\n${all.length} kernels\n`);
    for (const { kernel } of all) expect(stdout).toContain(`  ${kernel.functionName}\n`);
  });

  it('shows what tells kernels of the same tile apart', async () => {
    const { stdout } = await run(['kernels']);
    const featuresOf = (part: RegExp) =>
      stdout
        .split('\n')
        .find((line) => part.test(line))
        ?.split(/ {2,}/)
        .slice(5, -4);
    expect(featuresOf(/_Cluster2x1x1_dsFp8_dynBatch_/)).toEqual(['2×1×1', 'dynamic']);
    expect(featuresOf(/_Cluster1x1x4_splitK4_/)).toEqual(['1×1×4', 'k in 4']);
    expect(featuresOf(/_routeAct_/)).toEqual(['routed']);
  });

  it('--target keeps those that run there', async () => {
    expect((await run(['kernels', '--target', 'b200'])).stdout).toContain('\n5 kernels for b200 (sm100a)\n');
    expect((await run(['kernels', '--target', 'b300'])).stdout).toBe('no kernels for b300 (sm103a)\n');
  });

  it('--catalog takes others in their place, and can be given again', async () => {
    const once = await run(['kernels', '--catalog', own, '--format', 'json']);
    const { kernels } = JSON.parse(once.stdout);
    expect(new Set(kernels.map(({ catalog }: { catalog: string }) => catalog)).size).toBe(1);
    const twice = await run(['kernels', '--catalog', own, '--catalog', own, '--format', 'json']);
    expect(JSON.parse(twice.stdout).kernels).toHaveLength(2 * kernels.length);
  });

  const inColumns = (columns: number, ...argv: readonly string[]) =>
    run(['kernels', ...argv], { columns, env: { NO_COLOR: '1' } });

  it('puts the names of a few below them on a terminal, where the table has to fit', async () => {
    const { stdout } = await inColumns(80, '--target', 'b200');
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^sm100a, E4m3 → Fp32 → \S+, block scales, along n$/);
    expect(lines[3]).toMatch(/^ {2}MoE_ProjUp_/);
  });

  it('lists many on a terminal in groups of the same product, a line each', async () => {
    const { stdout } = await inColumns(80);
    const all = await builtInCatalogs();
    const lines = stdout.trimEnd().split('\n');
    expect(Math.max(...lines.slice(0, -1).map((line) => line.length))).toBeLessThanOrEqual(80);
    const groups = lines.filter((line) => line.startsWith('sm'));
    expect(new Set(groups).size).toBe(groups.length);
    // A group has two heads and a blank line below, and the end is one line.
    expect(lines.length).toBe(all.length + 3 * groups.length + 1);
    expect(lines.at(-1)).toMatch(/^\d+ kernels; their names are in /);
  });

  it('as JSON has what the catalog has, and where it is', async () => {
    const { kernels } = JSON.parse((await run(['kernels', '--format', 'json'])).stdout);
    expect(kernels[0]).toMatchObject({ arch: 'sm90a', tileN: 8, sharedMemSize: 71744 });
    expect(isAbsolute(kernels[0].cubinPath)).toBe(true);
    expect(kernels.at(-1).cubinPath).toBe(null);
  });
});

describe('kernels --problem', () => {
  const inColumns = (columns: number, ...argv: readonly string[]) =>
    run(['kernels', '--problem', problemExample, ...argv], { columns, env: { NO_COLOR: '1' } });

  it('ranks those that fit with the terms of their rank, and says why the others do not', async () => {
    const { code, stdout } = await inColumns(100);
    expect(code).toBe(0);
    expect(stdout).toMatch(/gate and up projection on h100\n/);
    const lines = stdout.split('\n').map((line) => line.trim());
    const heads = ['tile', 'estimate', 'bound by', 'loads', 'padding', 'waves', 'idle', 'CTAs/SM'];
    expect(lines[2]?.split(/ {2,}/)).toEqual(heads);
    // 127 tiles of 8 tokens, 12 tiles of m: 1,524 CTAs, 12 waves of 132 and 60 SMs idle in the last
    const best = ['✓', '128×8×128', '97.3 µs', 'memory', '405 MiB', '50 %', '12', '45 %', '3'];
    expect(lines[3]?.split(/ {2,}/)).toEqual(best);
    expect(lines[4]).toMatch(/^preflight_\S*Tile128x8x128/);
    // Of many that compute something else, the nearest; and in the end those that are for another GPU.
    expect(stdout).toMatch(
      /\n {2}✗ \d+ kernels that differ in more\n {2}✗ 5 kernels: built for sm100a, and /,
    );
    expect(stdout).toContain('      … and 2 more\n    preflight kernels --problem FILE --why tells all\n');
  });

  it.each([100, 80])('has a table in %i columns, but for the names', async (columns) => {
    const { stdout } = await inColumns(columns);
    const others = stdout.split('\n').filter((line) => !/preflight_|MoE_/.test(line));
    expect(Math.max(...others.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(stdout).toContain('CTAs/SM');
  });

  it.each([70, 60, 40])('says the same in words in %i columns', async (columns) => {
    const { stdout } = await inColumns(columns);
    expect(stdout).not.toContain('CTAs/SM');
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /Tile128x8x128\S* estimated [\d.]+ µs, bound by memory; loads \d+ MiB of A and B; \d+ % padding; \d+ waves of 132 SMs, the last \d+ % idle; 3 CTAs on an SM /,
    );
  });

  it('has the names in the table where nobody looks at a terminal', async () => {
    const { stdout } = await run(['kernels', '--problem', problemExample]);
    expect(stdout).toMatch(/\n {2}✓ {2}128×8×128 .* preflight_\S+Tile128x8x128\S+\n/);
  });

  it('has exit code 1 where none fits, the nearest misses first', async () => {
    const { code, stdout } = await run(['kernels', '--problem', problemExample, '--target', 'b200']);
    expect(code).toBe(1);
    const all = await builtInCatalogs();
    expect(stdout).toContain(`  ✗ none of ${all.length} kernels fits\n`);
    const reasons = stdout.split('\n').filter((line) => /^ {2}✗ \d|^ {4}- /.test(line));
    const scales = 'needs DeepSeek block scales, which the problem has not';
    expect(reasons.slice(0, 4)).toEqual([
      `  ✗ 2 kernels: ${scales}`,
      '  ✗ 1 kernel:',
      '    - writes E4m3, where the problem wants Bfloat16',
      `    - ${scales}`,
    ]);
    const others = all.filter(({ kernel }) => kernel.arch === 'sm90a').length;
    expect(reasons).toContain(`  ✗ ${others} kernels: built for sm90a, and b200 is sm100a`);
  });

  it('as JSON has all candidates with their terms, the best first', async () => {
    const argv = ['kernels', '--problem', problemExample, '--format', 'json'];
    const { target, problems } = JSON.parse((await run(argv)).stdout);
    expect(target).toBe('h100');
    const [first, second, ...others] = problems[0].candidates;
    expect(others).toHaveLength((await builtInCatalogs()).length - 2);
    expect(first).toEqual({
      kernel: expect.stringContaining('Tile128x8x128'),
      fits: true,
      rankedBy: 'model',
      cost: {
        ctas: expect.any(Number),
        padding: { tokens: expect.any(Number), hidden: 0, k: 0, total: expect.any(Number) },
        waves: { count: expect.any(Number), lastIdle: expect.any(Number) },
        occupancy: { ctasPerSm: 3, limitedBy: 'sharedMemory' },
        operandBytes: expect.any(Number),
        memoryBytes: expect.any(Number),
        time: {
          estimatedUs: expect.any(Number),
          boundBy: 'memory',
          memoryUs: expect.any(Number),
          operandsUs: expect.any(Number),
          tensorCoresUs: expect.any(Number),
          latencyUs: expect.any(Number),
        },
      },
    });
    expect(first.cost.time.estimatedUs).toBeLessThanOrEqual(second.cost.time.estimatedUs);
    expect(others.at(-1)).toEqual({
      kernel: expect.stringMatching(/^MoE_/),
      fits: false,
      reasons: expect.arrayContaining([{ kind: 'arch', message: 'built for sm100a, and h100 is sm90a' }]),
    });
  });
});

describe('kernels --problem with a large catalog', () => {
  /** 60 kernels that fit, and 40 whose pipelines are too deep. */
  async function largeCatalog(): Promise<string> {
    const [entry] = await builtInCatalogs();
    const named = (name: string, change: object) => ({
      ...entry?.kernel,
      cubin: undefined,
      functionName: name,
      ...change,
    });
    const fitting = Array.from({ length: 60 }, (_, i) => named(`fits_${i}`, {}));
    const deep = Array.from({ length: 40 }, (_, i) => named(`deep_${i}`, { numStages: 20 + i }));
    return temporaryFile('large.json', { kernels: [...fitting, ...deep] });
  }

  it('shows the best, and refused kernels in groups with their number', async () => {
    const catalog = await largeCatalog();
    const { stdout } = await run(['kernels', '--problem', problemExample, '--catalog', catalog]);
    expect(stdout).toContain('    … and 50 more that fit\n');
    expect(stdout).toMatch(/\n {2}✗ 40 kernels, with such numbers: A 320 KiB \(16 KiB × 20 stages\), /);
    expect(stdout).toContain('\n      deep_2\n      … and 37 more\n');
    expect(stdout.split('\n').length).toBeLessThan(50);
  });

  it('--why shows all of them, and tells numbers apart', async () => {
    const catalog = await largeCatalog();
    const argv = ['kernels', '--problem', problemExample, '--catalog', catalog, '--why'];
    const { stdout } = await run(argv);
    expect(stdout).not.toContain('more');
    expect(stdout).toContain('fits_59\n');
    expect(stdout).toMatch(/\n {2}✗ 1 kernel: A 944 KiB \(16 KiB × 59 stages\), .*\n {6}deep_39\n/);
  });

  it('--why says what a change of the problem would help', async () => {
    const problem = { batchM: false, transposeMmaOutput: true, m: 256, n: 64, k: 200 };
    const types = { tokensPerBatch: [5], dtypeElt: 'E4m3', dtypeC: 'Bfloat16' };
    const file = temporaryFile('k.json', { target: 'h100', problems: [{ ...problem, ...types }] });
    const withWhy = await run(['kernels', '--problem', file, '--catalog', own, '--why']);
    expect(withWhy.stdout).toContain('    fix: set k to 256\n');
    expect(withWhy.stdout.match(/fix: /g)).toHaveLength(1);
    expect((await run(['kernels', '--problem', file, '--catalog', own])).stdout).not.toContain('fix');
  });

  it('--any-batch-mode also holds kernels against the same product with its sides changed', async () => {
    const types = { dtypeElt: 'E4m3', dtypeC: 'Bfloat16', blockScale: true };
    const problem = { batchM: false, transposeMmaOutput: true, m: 4096, n: 4096, k: 7168, ...types };
    const file = temporaryFile('prefill.json', {
      target: 'h100',
      problems: [{ ...problem, tokensPerBatch: [4096] }],
    });
    const fitting = async (...flags: string[]) => {
      const { stdout } = await run([
        'kernels',
        '--problem',
        file,
        '--catalog',
        own,
        '--format',
        'json',
        ...flags,
      ]);
      const candidates: { fits: boolean; kernel: string }[] = JSON.parse(stdout).problems[0].candidates;
      return candidates.filter(({ fits }) => fits).map(({ kernel }) => kernel);
    };
    expect((await fitting()).every((name) => name.includes('_BatchN_'))).toBe(true);
    const both = await fitting('--any-batch-mode');
    expect(both[0]).toContain('_BatchM_');
    expect(both.some((name) => name.includes('_BatchN_'))).toBe(true);
    const dynamic = await fitting('--dynamic-batches');
    expect(dynamic.length).toBeGreaterThan(0);
    expect(dynamic.every((name) => name.includes('_dynBatch_'))).toBe(true);
  });

  it.each(['--why', '--any-batch-mode', '--dynamic-batches'])(
    '%s without a problem is a mistake',
    async (flag) => {
      const { code, stderr } = await run(['kernels', flag]);
      expect([code, stderr]).toEqual([2, `preflight: ${flag} is about a problem; give one with --problem\n`]);
    },
  );
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
      /catalog\.json:\d+:20: kernels\[0\]\.batchMode is "batchK", which is none of batchM, batchN; did you mean "batchM"\?$/,
    );
  });
});
