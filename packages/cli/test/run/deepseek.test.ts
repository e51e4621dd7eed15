import type { Problem } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { tolerances } from '../../src/run/verify.js';
import { run } from '../support/run-main.js';
import { deepSeekCatalog, routed, toBfloat16, toE4m3 } from './deepseek-kernels.js';
import { catalogFile, onlyLine, problemFile, runAsJson, runEmulated, tiny } from './tiny.js';

const b200 = ['--target', 'b200', '--catalog', deepSeekCatalog] as const;
const example = 'examples/deepseek-v3-moe-small.json';

/** Up, with an E4m3 output, and down, which takes it. */
const up: Problem = { ...tiny, name: 'up', blockScale: true, m: 256, k: 384, dtypeC: 'E4m3' };
const alone: Problem = { ...tiny, name: 'down', blockScale: true, m: 128, k: 256 };
const down: Problem = { ...alone, inputFrom: 'up' };

describe('preflight run with DeepSeek scales', () => {
  it('runs the example, the second problem on the output of the first', async () => {
    const { code, document } = await runAsJson(example, ...b200);
    expect(code).toBe(0);
    const [first, second] = document.problems;
    expect([first.kernel, second.kernel]).toEqual([toE4m3.functionName, toBfloat16.functionName]);
    for (const [problem, dtypeC] of [
      [first, 'E4m3'],
      [second, 'Bfloat16'],
    ] as const) {
      const { ok, tolerance, relativeError, faults } = problem.run.verification;
      expect({ ok, tolerance, faults }).toEqual({ ok: true, tolerance: tolerances[dtypeC], faults: [] });
      // As far off as rounding to the type makes it, and no farther.
      expect(relativeError).toBeGreaterThan(tolerance / 10);
      expect(relativeError).toBeLessThan(tolerance / 2);
    }
    const buffers = first.plan.buffers.map(({ buffer }: { buffer: string }) => buffer);
    expect(buffers).toContain('dqSfsC');
  });

  it('runs the example with the kernels that come with Preflight, on the GPU that the file names', async () => {
    const { code, document } = await runAsJson(example);
    expect([code, document.target]).toEqual([0, 'h100']);
    for (const problem of document.problems) expect(problem.run.verification.ok).toBe(true);
  });

  it('computes other numbers from the output of another problem than from random tokens', async () => {
    const errorOf = async (second: Problem) => {
      const { document } = await runAsJson(problemFile([up, second]), ...b200);
      return document.problems[1].run.verification;
    };
    const [chained, fresh] = [await errorOf(down), await errorOf(alone)];
    expect([chained.ok, fresh.ok]).toEqual([true, true]);
    expect(chained.relativeError).not.toBe(fresh.relativeError);
  });

  it('gathers tokens and their scales through a routing map', async () => {
    const problem: Problem = { ...up, permuteFusion: true, numTokens: 7 };
    const { code, document } = await runAsJson(problemFile([problem]), ...b200);
    expect(code).toBe(0);
    expect(document.problems[0]).toMatchObject({
      kernel: routed.functionName,
      run: { verification: { ok: true } },
    });
  });

  it('finds out a kernel that leaves the scales out', async () => {
    // The emulator computes what the last entry of a name says: the plan is made of the first.
    const lying = catalogFile({ ...toBfloat16, blockScale: false });
    const file = problemFile([alone]);
    const { code, document } = await runAsJson(file, ...b200, '--catalog', lying);
    expect(code).toBe(1);
    expect(document.problems[0].run.verification.ok).toBe(false);
  });

  it('finds out a kernel that writes no output scales', async () => {
    const lying = catalogFile({ ...toE4m3, blockScale: false });
    const { code, stdout } = await runEmulated(problemFile([up]), ...b200, '--catalog', lying);
    expect(code).toBe(1);
    expect(stdout).toContain('✗ 26 output scales are not those of their 128 channels\n');
    expect(stdout).toContain('✗ 19 padding rows have output scales other than 1\n');
  });

  it('does not run what takes the output of a problem that did not run', async () => {
    const noUp = catalogFile(toBfloat16);
    const { code, stdout } = await runEmulated(
      problemFile([up, down]),
      ...['--target', 'b200', '--catalog', noUp],
    );
    expect(code).toBe(1);
    expect(stdout).toContain('✗ down did not run: its tokens are the output of up, which did not run\n');
  });
});

describe('a chain of problems that cannot be is one line, and exit code 2:', () => {
  it.each<[string, readonly Problem[]]>([
    ['problems[0].inputFrom is "up"; no problem before it has that name', [down, up]],
    [
      'problems[1].inputFrom is "upp"; no problem before it has that name; did you mean "up"?',
      [up, { ...down, inputFrom: 'upp' }],
    ],
    [
      'problems[1].inputFrom is "up"; only an E4m3 output with "blockScale" comes with the scales that a next problem needs',
      [{ ...up, dtypeC: 'Bfloat16' }, down],
    ],
    [
      'problems[1].inputFrom is "up"; taking it needs dtypeElt E4m3 and "blockScale"',
      [up, { ...down, blockScale: false }],
    ],
    [
      'problems[1].inputFrom is "up"; its tokens are permuted already, and "permuteFusion" permutes them',
      [up, { ...down, permuteFusion: true }],
    ],
    ['problems[1].inputFrom is "up"; its outputs are 256 a token, and k is 128', [up, { ...down, k: 128 }]],
    [
      'problems[1].inputFrom is "up"; the two have other tokensPerBatch',
      [up, { ...down, tokensPerBatch: [3, 0, 9, 2] }],
    ],
  ])('%s', async (line, problems) => {
    const file = problemFile(problems);
    const ran = await runEmulated(file, ...b200);
    expect([ran.code, onlyLine(ran)]).toEqual([2, `preflight: ${file}: ${line}`]);
    expect((await run(['plan', file])).code).toBe(2);
  });
});
