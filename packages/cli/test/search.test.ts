import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { targets } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workerSearcher } from '../src/search/searcher.js';
import { sound, soundExample } from './support/configurations.js';
import { bin, runBin } from './support/run-bin.js';
import { root, run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

const example = 'examples/search-b200-moe.json';

const small = { tileN: [8, 16, 32], tileK: [128, 96], numStages: [2, 3] };
const searchSmall = (space: object, ...argv: string[]) =>
  run(['search', '-', '--options', soundExample, ...argv], { stdin: JSON.stringify(space) });

/** More configurations than any machine decides while a test waits. */
const endless = temporaryFile('endless.json', {
  space: {
    numStages: { from: 1, to: 64, step: 1 },
    tileN: { from: 8, to: 2048, step: 8 },
    mmaN: { from: 8, to: 2048, step: 8 },
    m: { from: 128, to: 8192, step: 128 },
    k: { from: 128, to: 16384, step: 128 },
    tileM: { from: 64, to: 2048, step: 64 },
  },
});

describe('search', () => {
  it('prints the valid configurations by what varies, and what refuses the others', async () => {
    const { code, stdout, stderr } = await searchSmall(small);
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
    const { stdout } = await searchSmall(small, '--format', 'jsonl');
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
    const { stdout } = await searchSmall(small, '--format', 'jsonl', '--target', 'gb200');
    expect(JSON.parse(stdout.split('\n')[0] ?? '').target).toBe('gb200');
    const { code, stdout: checked } = await run(['check', '-', '--format', 'jsonl'], { stdin: stdout });
    expect([code, checked.trim().split('\n').length]).toEqual([0, 6]);
  });

  it('prints CSV, where values with commas are quoted', async () => {
    const space = { ...small, batchedN: [[3, 1], [4]], numBatches: [2, 1] };
    const { stdout } = await searchSmall(space, '--format', 'csv', '--limit', '1');
    expect(stdout).toMatch(/^tileN,tileK,numStages,batchedN,numBatches\n8,128,2,"\[3,1\]",\d\n$/);
  });

  it('prints JSON with everything', async () => {
    const { stdout } = await searchSmall({ target: 'b300', name: 'mine', space: small }, '--format', 'json');
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
    const table = await searchSmall(small, '--limit', '2');
    expect(table.stdout).toContain('    8    128          3\nand 4 more; --limit N shows more\n\n✓ 6 of 12');
    const many = { ...small, m: { from: 128, to: 128 * 500, step: 128 } };
    const csv = await searchSmall(many, '--format', 'csv');
    expect(csv.stdout.trim().split('\n')).toHaveLength(1001);
    expect(csv.stderr).toBe(
      'preflight: these are the first 1,000 of 3,000 valid configurations; --limit N prints more\n',
    );
    expect((await searchSmall(many, '--format', 'csv', '--limit', '10')).stderr).toBe('');
  });

  it('leaves device and launch out with --only-rule-set', async () => {
    const space = { numStages: [2, 500] };
    expect((await searchSmall(space)).stdout).toContain('refused by: shared-memory-limit 1');
    expect((await searchSmall(space, '--only-rule-set')).stdout).toContain('✓ 2 of 2 valid');
  });

  it('explains where nothing is valid, and has exit code 1', async () => {
    const { code, stdout } = await searchSmall({ ...small, m: 1000 });
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ 0 of 12 valid \(0 %\) on b200/);
    expect(stdout).toMatch(/ {2}no configuration is valid because .*m 1000 .*; nearest: .*m 1024/);
    const csv = await searchSmall({ ...small, m: 1000 }, '--format', 'csv');
    expect(csv.stdout).toBe('tileN,tileK,numStages\n');
    expect(csv.stderr).toMatch(/^preflight: no configuration is valid because /);
  });

  it('takes a space of one configuration', async () => {
    expect(await searchSmall({ tileN: 8 })).toEqual({
      code: 0,
      stdout: '✓ 1 of 1 valid (100 %) on b200 (trtllm-gen@2025-03)\n',
      stderr: '',
    });
  });
});

describe('the values to try', () => {
  const varied = async (space: object) => {
    const argv = ['--format', 'json', '--only-rule-set', '--limit', '0'];
    return JSON.parse((await searchSmall(space, ...argv)).stdout).total;
  };

  it('may be ranges by steps and by factors, ends included', async () => {
    expect(await varied({ tileN: { from: 8, to: 32, step: 8 } })).toBe(4);
    expect(await varied({ tileN: { from: 8, to: 31, step: 8 } })).toBe(3);
    expect(await varied({ tileN: { from: 8, to: 64, times: 2 } })).toBe(4);
  });

  it('of a range are those that a loop would take', async () => {
    const number = fc.integer({ min: -50, max: 50 });
    await fc.assert(
      fc.asyncProperty(number, fc.nat(100), fc.integer({ min: 1, max: 30 }), async (from, more, step) => {
        const expected = Array.from({ length: more + 1 }, (_, i) => from + i).filter(
          (_, i) => i % step === 0,
        );
        expect(await varied({ numTokens: { from, to: from + more, step } })).toBe(expected.length);
      }),
      { numRuns: 30 },
    );
  });

  it('override those of base, which override those of --options', async () => {
    const file = { base: { tileN: 16, numStages: 3 }, space: { numStages: [4, 5] } };
    const { stdout } = await searchSmall(file, '--format', 'jsonl');
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).options);
    expect(found.map(({ tileN, numStages }) => [tileN, numStages])).toEqual([
      [16, 4],
      [16, 5],
    ]);
  });
});

describe('a wrong space', () => {
  it.each([
    ['{"tilem": [1]}', '1:2: there is no option "tilem"; did you mean "tileM"?'],
    ['{"tileM": [64, "a"]}', '1:16: tileM is "a"; it must be a whole number from -2147483648 to 2147483647'],
    ['{"tileM": []}', '1:2: tileM has no value to try'],
    ['{"dtypeC": ["E4m4"]}', 'did you mean "E4m3"?'],
    ['{"dtypeC": {"from": 1}}', '1:2: dtypeC is an object; only whole numbers have ranges'],
    ['{"tileM": {"from": 1, "to": 9}}', '1:2: the range of tileM is not {"from": 8'],
    ['{"tileM": {"from": 1, "to": 9, "stp": 1}}', '1:32: a range has no field "stp"; did you mean "step"?'],
    ['{"tileM": {"from": 9, "to": 1, "step": 1}}', 'the range of tileM goes from 9 down to 1; it must go up'],
    ['{"tileM": {"from": 1, "to": 9, "step": 0}}', 'step is 0; it must be at least 1'],
    ['{"tileM": {"from": 1, "to": 9, "times": 1}}', 'times is 1; it must be at least 2'],
    ['{"tileM": {"from": 0, "to": 9, "times": 2}}', 'from is 0; with "times" it must be at least 1'],
    ['{"tileM": {"from": 1, "to": 9.5, "step": 1}}', '1:23: to of a range must be a whole number'],
    [
      '{"tileM": {"from": 1, "to": 2000000000, "step": 1}}',
      'has 2,000,000,000 values; at most 65,536 are tried',
    ],
    ['{"space": {"tileM": [1,]}}', '1:24: malformed JSON: '],
    ['{"space": {}, "tileM": 64}', '1:15: a search has no field "tileM"; options stand in "space" or "base"'],
    ['{"space": {}, "targt": "b200"}', '1:15: a search has no field "targt"; did you mean "target"?'],
    ['{"space": {}, "target": "b2000"}', '1:15: there is no target "b2000"'],
    ['{"space": {}, "base": {"tileM": [64]}}', '1:24: tileM is a list of 1; it must be a whole number'],
    ['{"base": {}}', '1:1: "space" is missing'],
    ['[1]', '1:1: an object is expected, such as {"target"'],
    ['{"options": {}}', 'holds a case; use preflight check'],
  ])('%s gets one line', async (stdin, message) => {
    const { code, stdout, stderr } = await run(['search', '-', '--options', soundExample], { stdin });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^preflight: the standard input[: ].*\n$/);
    expect(stderr).toContain(message);
  });

  it('that leaves options out says which, and where they may stand', async () => {
    const { m: _, n: __, ...base } = sound;
    const { code, stderr } = await run(['search', '-'], {
      stdin: JSON.stringify({ base, space: { tileM: 64 } }),
    });
    expect([code, stderr]).toEqual([
      2,
      'preflight: the standard input: missing: m, n; give them in "space" or "base", or with --options\n',
    ]);
  });

  it('that nobody could count is refused', async () => {
    const range = { from: 1, to: 60_000, step: 1 };
    const { code, stderr } = await searchSmall({ m: range, n: range, k: range, tileN: range });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^preflight: the space has about 1\.30e\+19 configurations; .*\n$/);
  });

  it.each([
    ['--limit', '-1'],
    ['--limit', '1000001'],
    ['--workers', '0'],
    ['--workers', '1.5'],
  ])('%s %s is refused', async (flag, value) => {
    const { code, stderr } = await searchSmall(small, `${flag}=${value}`);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      new RegExp(`^preflight: ${flag} is "${value}"; it must be a whole number from .*\\n$`),
    );
  });
});

describe('workers', () => {
  it.each(['0', '7', '1000'])('change nothing about what is found, with --limit %s', (limit) => {
    const [one, two, three] = ['1', '2', '3'].map((workers) =>
      runBin(['search', example, '--workers', workers, '--limit', limit, '--format', 'json']),
    );
    expect(one?.code).toBe(0);
    expect(JSON.parse(one?.stdout ?? '').decided).toBe(811_008);
    expect(two).toEqual(one);
    expect(three).toEqual(one);
  });

  it('explain as one thread does, where nothing is valid', () => {
    const space = { ...JSON.parse(readFileSync(join(root, example), 'utf8')) };
    const file = temporaryFile('nothing.json', { ...space, base: { ...space.base, m: 1000 } });
    const [one, two] = ['1', '2'].map((workers) => runBin(['search', file, '--workers', workers]));
    expect(one?.code).toBe(1);
    expect(one?.stdout).toMatch(/nearest: m 1024\n/);
    expect(two).toEqual(one);
  });

  it.each([
    ["throw new Error('out of luck')", 'failed: out of luck'],
    ['process.exit(3)', 'ended with code 3'],
  ])('that break end the search with a line: %s', async (code, why) => {
    const script = pathToFileURL(temporaryFile('broken-worker.mjs', code));
    const task = { module: createCheckerSync().module, space: sound, target: targets.b200, settings: {} };
    const searcher = workerSearcher(task, script);
    const request = { range: [0, 1], limit: 1 } as const;
    const message = `a worker of the search ${why}; --workers 1 searches without any`;
    await expect(searcher.search(request)).rejects.toThrow(message);
    await expect(searcher.search(request)).rejects.toThrow(message);
    await searcher.close();
  });

  it('are in the package', () => {
    const packed = spawnSync('npm', ['pack', '--dry-run', '--json'], {
      cwd: join(root, 'packages/cli'),
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    expect(packed.stdout).toContain('"dist/worker.js"');
  });
});

describe.skipIf(process.platform === 'win32')('Ctrl-C', () => {
  /** Starts a search that has no end, and interrupts it as often as it takes to end. */
  const interrupted = async (...argv: string[]) => {
    const child = spawn(process.execPath, [bin, 'search', endless, '--options', soundExample, ...argv], {
      cwd: root,
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk;
    });
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal })),
    );
    await setTimeout(2500);
    child.kill('SIGINT');
    return { ...(await ended), ...output };
  };

  it.each(['1', '2'])(
    'prints what %s worker(s) found until then, and has exit code 130',
    async (workers) => {
      const { code, stdout, stderr } = await interrupted('--workers', workers, '--limit', '3');
      expect([code, stderr]).toEqual([130, '']);
      expect(stdout).toMatch(
        /^! the search was ended: [\d,]+ of [\d,]+ configurations decided \((under 0\.01|[\d.]+) %\)$/m,
      );
      expect(stdout).toMatch(/^[✓✗] [\d,]+ of [\d,]+ valid \(/m);
      expect(stdout).toMatch(/^ {2}refused by: /m);
    },
    30_000,
  );

  it('is told on the error output where lines are for programs', async () => {
    const { code, stdout, stderr } = await interrupted('--workers', '1', '--format', 'csv', '--limit', '3');
    expect(code).toBe(130);
    expect(stdout).toMatch(/^numStages,tileN,mmaN,m,k,tileM\n/);
    expect(stderr).toMatch(/^preflight: the search was ended: [\d,]+ of [\d,]+ configurations decided .*\n$/);
  }, 30_000);
});
