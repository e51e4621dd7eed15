import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { describe, expect, it } from 'vitest';
import { sound } from '../support/configurations.js';
import { root, run } from '../support/run-main.js';
import { searchWith } from './search-with.js';

const small = { tileN: [8, 16, 32], tileK: [128, 96], numStages: [2, 3] };

describe('search', () => {
  it('prints the valid configurations by what varies, and what refuses the others', async () => {
    const { code, stdout, stderr } = await searchWith(small);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        'tileN  tileK  numStages',
        '    8    128          2',
        '    8    128          3',
        '   16    128          2',
        '   16    128          3',
        '   32    128          2',
        '   32    128          3',
        '',
        '✓ 6 of 12 valid (50 %) on b200 (trtllm-gen@2025-03)',
        '  refused by: tile-k-divides-k-slice 6',
        '',
      ].join('\n'),
    );
  });

  it('finds what checking each configuration finds', async () => {
    const { stdout } = await searchWith(small, '--format', 'jsonl');
    const valid = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const checker = createCheckerSync();
    const all = small.tileN.flatMap((tileN) =>
      small.tileK.flatMap((tileK) =>
        small.numStages.map((numStages) => ({ ...sound, tileN, tileK, numStages })),
      ),
    );
    const expected = all.filter((options) => checker.check(options, 'b200').ok);
    const text = (options: object) => JSON.stringify(Object.entries(options).sort());
    expect(valid.map(({ options }) => text(options)).sort()).toEqual(expected.map(text).sort());
  });

  it('prints lines that check reads, and finds nothing wrong with', async () => {
    const { stdout } = await searchWith(small, '--format', 'jsonl', '--target', 'gb200');
    expect(JSON.parse(stdout.split('\n')[0] ?? '').target).toBe('gb200');
    const { code, stdout: checked } = await run(['check', '-', '--format', 'jsonl'], { stdin: stdout });
    expect([code, checked.trim().split('\n').length]).toEqual([0, 6]);
  });

  it('prints CSV, where values with commas are quoted', async () => {
    const space = { ...small, batchedN: [[3, 1], [4]], numBatches: [2, 1] };
    const { stdout } = await searchWith(space, '--format', 'csv', '--limit', '1');
    expect(stdout).toMatch(/^tileN,tileK,numStages,batchedN,numBatches\n8,128,2,"\[3,1\]",\d\n$/);
  });

  it('prints JSON with everything', async () => {
    const { stdout } = await searchWith({ target: 'b300', name: 'mine', space: small }, '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'mine',
      target: 'b300',
      ruleSet: 'trtllm-gen@2025-03',
      varied: ['tileN', 'tileK', 'numStages'],
      total: 12,
      decided: 12,
      explanation: null,
    });
  });

  it('says how many more there are than it prints', async () => {
    const table = await searchWith(small, '--limit', '2');
    expect(table.stdout).toContain('    8    128          3\nand 4 more; --limit N shows more\n\n✓ 6 of 12');
    const many = { ...small, m: { from: 128, to: 128 * 500, step: 128 } };
    const csv = await searchWith(many, '--format', 'csv');
    expect(csv.stdout.trim().split('\n')).toHaveLength(1001);
    expect(csv.stderr).toBe(
      'preflight: these are the first 1,000 of 3,000 valid configurations; --limit N prints more\n',
    );
    expect((await searchWith(many, '--format', 'csv', '--limit', '10')).stderr).toBe('');
  });

  it('leaves device and launch out with --only-rule-set', async () => {
    const space = { numStages: [2, 500] };
    expect((await searchWith(space)).stdout).toContain('refused by: shared-memory-limit 1');
    expect((await searchWith(space, '--only-rule-set')).stdout).toContain('✓ 2 of 2 valid');
  });

  it('explains where nothing is valid, and has exit code 1', async () => {
    const { code, stdout } = await searchWith({ ...small, m: 1000 });
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ 0 of 12 valid \(0 %\) on b200/);
    expect(stdout).toMatch(/ {2}no configuration is valid because .*m 1000 .*; nearest: .*m 1024/);
    const csv = await searchWith({ ...small, m: 1000 }, '--format', 'csv');
    expect(csv.stdout).toBe('tileN,tileK,numStages\n');
    expect(csv.stderr).toMatch(/^preflight: no configuration is valid because /);
  });

  it.each(['-1', '1000001', '1.5', '1e3', 'all', ''])('refuses a --limit of "%s"', async (limit) => {
    const { code, stderr } = await searchWith(small, `--limit=${limit}`);
    expect([code, stderr]).toEqual([
      2,
      `preflight: --limit is "${limit}"; it must be a whole number from 0 to 1,000,000\n`,
    ]);
  });

  it('takes a space of one configuration', async () => {
    expect(await searchWith({ tileN: 8 })).toEqual({
      code: 0,
      stdout: '✓ 1 of 1 valid (100 %) on b200 (trtllm-gen@2025-03)\n',
      stderr: '',
    });
  });
});

describe('the README’s example', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const example = 'examples/search-b200-moe.json';

  it('is what the command prints, but for rows left out', async () => {
    const { code, stdout } = await run(['search', example]);
    expect(code).toBe(0);
    const [table = '', rest = ''] = stdout.split(/(?=^and )/m);
    const rows = table.split('\n').slice(0, 3).join('\n');
    expect(readme).toContain(`preflight search ${example}\n${rows}\n  …\n${rest}\`\`\`\n`);
  });

  it('is explained so where m is 1000', async () => {
    const { base, ...file } = JSON.parse(readFileSync(join(root, example), 'utf8'));
    const stdin = JSON.stringify({ ...file, base: { ...base, m: 1000 } });
    const { stdout } = await run(['search', '-', '--format', 'json'], { stdin });
    const { message } = JSON.parse(stdout).explanation;
    expect(readme.replaceAll(/\s+/g, ' ')).toContain(`With an m of 1000: \`${message}\``);
  });
});
