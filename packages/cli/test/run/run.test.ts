import type { KernelInfo, Problem } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { tolerances } from '../../src/run/verify.js';
import { run } from '../support/run-main.js';
import { catalogFile, kernel, ours, problemFile, runAsJson, runEmulated, tiny } from './tiny.js';

/** A problem that a kernel of ours runs: a tile and a token more, none, one, and a whole tile. */
function problemFor(info: KernelInfo): Problem {
  const { batchMode, tileM, tileN, tileK, numSlicesForSplitK, clusterDimX = 1 } = info;
  const batchM = batchMode === 'batchM';
  const tile = batchM ? tileM : tileN;
  const tokensPerBatch = [tile + 1, 0, 1, tile];
  const tokens = 2 * tile + 2;
  const channels = 128 * clusterDimX;
  return {
    batchM,
    transposeMmaOutput: info.transposeMmaOutput,
    ...(batchM ? { m: tokens, n: channels } : { m: channels, n: tokens }),
    k: 128 * Math.max(1, (tileK * numSlicesForSplitK) / 128),
    tokensPerBatch,
    dtypeElt: info.dtypeElt,
    dtypeC: info.dtypeC,
    blockScale: info.blockScale,
    ...(info.permuteFusion && { permuteFusion: true, numTokens: tile }),
  };
}

describe('preflight run', () => {
  it('plans, launches and verifies, and shows all of it', async () => {
    const file = problemFile([{ ...tiny, name: 'tiny' }], { name: 'Two by two' });
    const { code, stdout, stderr } = await runEmulated(file, '--seed', '7');
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'Two by two',
      'running on emulator of h100 on the CPU (as asked); random data of seed 7',
    ]);
    expect(lines).toContain('tiny on h100');
    const at = lines.indexOf('Run');
    expect(lines[at + 1]).toMatch(/^ {2}launch [\d.]+ ms, on the CPU, which says nothing of a GPU’s speed$/);
    expect(lines[at + 2]).toMatch(
      /^ {2}✓ the output agrees with the fp32 reference: ‖out − ref‖ \/ ‖ref‖ = 1\.\d\de-3, at most \d\.\d\de-3$/,
    );
    expect(stdout).not.toContain('✗ the output');
  });

  it('as JSON has device, seed, plan and verification of each problem', async () => {
    const { code, stderr, document } = await runAsJson(problemFile([tiny, { ...tiny, m: 256, k: 128 }]));
    expect([code, stderr]).toEqual([0, '']);
    expect(document).toMatchObject({
      device: { kind: 'emulator', description: 'emulator of h100 on the CPU (as asked)' },
      target: 'h100',
      seed: 7,
    });
    expect(document.problems).toHaveLength(2);
    for (const { kernel: name, cubin, plan, run: ran } of document.problems) {
      expect(ours.map(({ functionName }) => functionName)).toContain(name);
      expect(cubin).toBe(ours.find(({ functionName }) => functionName === name)?.cubin);
      expect(plan.functionName).toBe(name);
      expect(ran.launchMs).toBeGreaterThan(0);
      const { ok, relativeError, tolerance, faults } = ran.verification;
      expect({ ok, tolerance, faults }).toEqual({ ok: true, tolerance: tolerances.Bfloat16, faults: [] });
      expect(relativeError).toBeGreaterThan(1e-4);
      expect(relativeError).toBeLessThan(tolerances.Bfloat16);
    }
    expect(document.problems[1].plan.outputShape[1]).toBe(256);
  });

  it('takes a kernel whose cubin is there before a better one whose is not', async () => {
    const [tile8, tile16] = ours;
    if (tile8 === undefined || tile16 === undefined) throw new Error('two kernels of ours are expected');
    const { cubin: _cubin, sha256: _sha256, ...metadata } = tile8;
    const catalog = catalogFile(metadata, tile16);
    const { code, document } = await runAsJson(
      problemFile([{ ...tiny, tokensPerBatch: [1] }]),
      '--catalog',
      catalog,
    );
    expect(code).toBe(0);
    expect(document.problems[0].kernel).toBe(tile16.functionName);
  });

  const byValue = ours.filter(({ paramsAbi }) => paramsAbi === 'trtllm-gen/1');
  it.each(byValue.map((info): [string, KernelInfo] => [info.functionName, info]))(
    'verifies %s on ragged batches',
    async (_, info) => {
      const file = problemFile([problemFor(info)]);
      const { code, document } = await runAsJson(file, '--catalog', catalogFile(info));
      expect(code).toBe(0);
      expect(document.problems[0]).toMatchObject({
        kernel: info.functionName,
        run: { verification: { ok: true, faults: [] } },
      });
    },
  );

  it('refuses a kernel that has its tables from device memory alone, and takes another if there is one', async () => {
    const onDevice = ours.find(
      ({ paramsAbi, batchMode }) => paramsAbi === 'trtllm-gen/2' && batchMode === 'batchN',
    );
    if (onDevice === undefined) throw new Error('a kernel of ours is for batches that only the device knows');
    const file = problemFile([problemFor(onDevice)]);
    const alone = await runEmulated(file, '--catalog', catalogFile(onDevice));
    expect(alone.code).toBe(1);
    expect(alone.stdout).toContain(
      '✗ 1 kernel: reads its CTA tables from device memory alone, for batches whose sizes only the device knows\n',
    );
    const { code, document } = await runAsJson(file);
    expect([code, document.problems[0].plan.functionName]).toEqual([
      0,
      expect.not.stringContaining('dynBatch'),
    ]);
  });

  it('runs the file’s target, and --target’s before that', async () => {
    const file = problemFile([tiny], { target: 'h200' });
    expect((await runAsJson(file)).document.target).toBe('h200');
    expect((await runAsJson(file, '--target', 'gh200')).document.target).toBe('gh200');
  });

  it('turns programmatic dependent launch off where TRTLLM_ENABLE_PDL is 0', async () => {
    const argv = ['run', problemFile(), '--device', 'emulator', '--format', 'json'];
    const { stdout } = await run(argv, { env: { TRTLLM_ENABLE_PDL: '0' } });
    expect(JSON.parse(stdout).problems[0].plan.attributes.at(-1).value).toBe(false);
  });
});

describe('the random data', () => {
  const errorsOf = async (...argv: readonly string[]) => {
    const file = problemFile([tiny, tiny]);
    const { stdout } = await runEmulated(file, '--format', 'json', ...argv);
    const { seed, problems } = JSON.parse(stdout);
    const errors: number[] = problems.map(
      (problem: { run: { verification: { relativeError: number } } }) =>
        problem.run.verification.relativeError,
    );
    return { seed: seed as number, errors };
  };

  it('of a seed is the same every time, to the last bit of the error, and other data for the next problem', async () => {
    const { errors } = await errorsOf('--seed', '12');
    expect(await errorsOf('--seed', '12')).toEqual({ seed: 12, errors });
    expect(new Set([...errors, ...(await errorsOf('--seed', '13')).errors]).size).toBe(4);
  });

  it('without a seed is of one that is printed, so that the run can be repeated', async () => {
    const { seed, errors } = await errorsOf();
    expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
    expect(await errorsOf('--seed', String(seed))).toEqual({ seed, errors });
  });

  it.each(['0', '4294967295'])('takes the seed %s', async (seed) => {
    const { code, stdout } = await runEmulated(problemFile(), '--seed', seed);
    expect(code).toBe(0);
    expect(stdout).toContain(`random data of seed ${seed}\n`);
  });
});

describe('a problem that cannot be run', () => {
  const noKernel = { ...tiny, m: 200 };

  it('because no kernel fits has the reasons and exit code 1, and nothing on stderr', async () => {
    const { code, stdout, stderr } = await runEmulated(problemFile([noKernel]));
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/✗ none of \d+ kernels fits\n/);
    expect(stdout).toContain('m 200 is no multiple of tileM 128');
    expect(stdout).toContain('\n✗ problem 1 did not run\n');
    expect(stdout).not.toMatch(/^\s+at /m);
  });

  it('as JSON has no kernel, no plan and no run, and the reasons of every candidate', async () => {
    const { code, document } = await runAsJson(problemFile([noKernel]));
    expect(code).toBe(1);
    const [problem] = document.problems;
    expect(problem).toMatchObject({ kernel: null, cubin: null, plan: null, run: null });
    for (const { fits, reasons } of problem.candidates) {
      expect(fits).toBe(false);
      expect(reasons.length).toBeGreaterThan(0);
    }
  });

  it('because no kernel is for the target', async () => {
    const { code, stdout, stderr } = await runEmulated(problemFile(), '--target', 'b300');
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/✗ \d+ kernels: built for sm90a, and b300 is sm103a/);
  });

  it('because no batch has a token', async () => {
    const { code, stdout, stderr } = await runEmulated(problemFile([{ ...tiny, tokensPerBatch: [0, 0] }]));
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/✗ \d+ kernels: no batch has a token; there is nothing to launch\n/);
    expect(stdout).toContain('\n✗ problem 1 did not run\n');
  });

  it('does not keep the others from running', async () => {
    const { code, document } = await runAsJson(problemFile([noKernel, tiny]));
    expect(code).toBe(1);
    expect(document.problems[0].run).toBe(null);
    expect(document.problems[1].run.verification.ok).toBe(true);
  });
});

describe('a kernel that computes something wrong', () => {
  // The emulator computes what the last entry of a name says; the plan is made of the first, which alone fits. This one
  // leaves out what of k = 384 its tiles of 256 do not divide.
  const lying = { ...kernel, tileK: 256 };
  const argv = ['--catalog', catalogFile(kernel), '--catalog', catalogFile(lying)];
  const file = problemFile([{ ...tiny, k: 384 }]);

  it('is found out: exit code 1, and the error against the reference', async () => {
    const { code, stdout, stderr } = await runEmulated(file, ...argv);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(
      /\n {2}✗ the output differs from the fp32 reference: ‖out − ref‖ \/ ‖ref‖ = [1-9]\.\d\de-1, at most /,
    );
  });

  it('as JSON has a verification that is not ok', async () => {
    const { code, document } = await runAsJson(file, ...argv);
    expect(code).toBe(1);
    const { ok, relativeError, tolerance } = document.problems[0].run.verification;
    expect(ok).toBe(false);
    expect(relativeError).toBeGreaterThan(tolerance);
  });
});
