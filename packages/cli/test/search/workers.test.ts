import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { workerSearcher } from '../../src/search/searcher.js';
import { sound, soundExample } from '../support/configurations.js';
import { bin, runBin } from '../support/run-bin.js';
import { root } from '../support/run-main.js';
import { temporaryFile } from '../support/temporary.js';
import { searchWith } from './search-with.js';

const example = 'examples/search-b200-moe.json';

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

  it('are no more than there is work for', async () => {
    // In this process they would not start: the script of a thread is a file of the bundle.
    const space = { numStages: [2, 3], tileN: [8, 16] };
    const [one, many] = await Promise.all(
      ['1', '256'].map((workers) => searchWith(space, '--workers', workers)),
    );
    expect(one?.code).toBe(0);
    expect(many).toEqual(one);
  });

  it.each(['0', '-1', '1.5', '257', '1000000000', '1e9', 'two', 'NaN', ''])(
    'are refused where their number is "%s"',
    async (workers) => {
      const { code, stdout, stderr } = await searchWith({ tileN: [8, 16] }, `--workers=${workers}`);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toBe(`preflight: --workers is "${workers}"; it must be a whole number from 1 to 256\n`);
    },
  );

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
