import { describe, expect, it } from 'vitest';
import { catalogFile, onlyLine, perTile, problemFile, runAsJson, runEmulated, tiny } from '../run/tiny.js';
import { type Ran, run } from '../support/run-main.js';
import { measurement, measurementFile, measurementsOf } from './measured.js';

const names = perTile.map(({ functionName }) => functionName);
const timesOf = (...us: readonly number[]) => Object.fromEntries(us.map((time, i) => [names[i] ?? '', time]));
const slowFirst = measurementFile(measurementsOf(measurement(tiny, timesOf(40, 30, 20, 10))));
/** Kernels that differ in their tiles alone. */
const catalog = ['--catalog', catalogFile(...perTile)] as const;
const problem = problemFile([{ ...tiny, name: 'tiny' }], { target: 'h100' });
const hold = (...argv: readonly string[]): Promise<Ran> =>
  run(['kernels', '--problem', problem, ...catalog, ...argv]);

describe('kernels --measurements', () => {
  it('ranks by measured times, in a column of their own', async () => {
    const { code, stdout } = await hold('--measurements', slowFirst);
    expect(code).toBe(0);
    const rows = stdout
      .split('\n')
      .flatMap((line) => /^ {2}[✓○] +(\S+) +(\S+) µs +([\d.]+) µs/.exec(line) ?? []);
    expect(rows.filter((_, i) => i % 4 === 1)).toEqual([
      '128×64×128',
      '128×32×128',
      '128×16×128',
      '128×8×128',
    ]);
    expect(rows.filter((_, i) => i % 4 === 2)).toEqual(['10', '20', '30', '40']);
    expect(stdout).toMatch(/tile +measured +estimate/);
    expect((await hold()).stdout).not.toContain('measured');
  });

  it('marks what follows from near problems', async () => {
    const near = measurementFile(measurementsOf(measurement({ ...tiny, k: 384 }, timesOf(40, 30, 20, 10))));
    const { stdout } = await hold('--measurements', near);
    expect(stdout).toMatch(/✓ +128×64×128 +≈ [\d.]+ µs/);
    const narrow = await run(['kernels', '--problem', problem, ...catalog, '--measurements', near], {
      columns: 60,
      env: { NO_COLOR: '1' },
    });
    expect(narrow.stdout.replace(/\s+/g, ' ')).toMatch(
      /expected [\d.]+ µs by near measurements \(estimated [\d.]+ µs, bound by \w+\);/,
    );
  });

  it('as JSON says what each rank comes from', async () => {
    const file = measurementFile(
      measurementsOf(measurement(tiny, timesOf(5)), measurement({ ...tiny, k: 384 }, timesOf(5, 7))),
    );
    const { stdout } = await hold('--measurements', file, '--format', 'json');
    const [first, second, third] = JSON.parse(stdout).problems[0].candidates;
    expect(first).toMatchObject({ kernel: names[0], rankedBy: 'measured', measuredUs: 5 });
    expect(second).toMatchObject({
      kernel: names[1],
      rankedBy: 'interpolated',
      interpolatedUs: expect.any(Number),
    });
    expect(third).toMatchObject({ rankedBy: 'model' });
    expect(third.interpolatedUs).toBeUndefined();
  });

  it('is for a problem', async () => {
    const ran = await run(['kernels', '--measurements', slowFirst]);
    expect([ran.code, onlyLine(ran)]).toEqual([
      2,
      'preflight: --measurements rank kernels for a problem; give one with --problem',
    ]);
  });
});

describe('run and plan --measurements', () => {
  it('take the fastest', async () => {
    const { code, document } = await runAsJson(problem, ...catalog, '--measurements', slowFirst);
    expect([code, document.problems[0].kernel]).toEqual([0, names[3]]);
    const planned = await run(['plan', problem, ...catalog, '--measurements', slowFirst]);
    expect(planned.stdout).toContain(
      'measured 10 µs (estimated 0.768 µs, bound by operands): the best of 4 that fit, next 128×32×128 with 20 µs',
    );
  });
});

describe('measurements that cannot rank are one line, and exit code 2:', () => {
  const h100 = measurementsOf(measurement(tiny, timesOf(1)));
  const lineOf = async (content: object, ...argv: readonly string[]) => {
    const path = measurementFile(content);
    const ran = await hold('--measurements', path, ...argv);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    return onlyLine(ran).replace(path, 'FILE');
  };

  it('of another GPU', async () => {
    expect(await lineOf(h100, '--target', 'h200')).toBe(
      'preflight: FILE cannot rank kernels here: measured on NVIDIA H100 80GB HBM3 (sm90a, 132 SMs), not on h200 (sm90a, 132 SMs)',
    );
  });

  it('of the emulator', async () => {
    expect(await lineOf({ ...h100, device: { ...h100.device, kind: 'emulator' } })).toBe(
      'preflight: FILE cannot rank kernels here: measured on the emulator, whose times say nothing of kernels',
    );
  });

  it('of another version', async () => {
    expect(await lineOf({ ...h100, version: 2, device: 'a list of them' })).toBe(
      'preflight: FILE has measurements of version 2; version 1 is read',
    );
  });

  it('with a time of nothing', async () => {
    expect(await lineOf(measurementsOf(measurement(tiny, timesOf(0))))).toMatch(
      /^preflight: FILE:\d+:\d+: measurements\[0\]\.kernels\[0\]\.medianUs is 0; it must be above 0/,
    );
  });

  it('that are not there', async () => {
    const ran = await runEmulated(problem, '--measurements', '/no/such.json');
    expect([ran.code, onlyLine(ran)]).toEqual([
      2,
      'preflight: cannot read /no/such.json: there is no such file',
    ]);
  });
});
