import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MeasurementFile, measurementSchema } from '@gemm-preflight/types';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { catalogFile, emptyFolder, kernel, onlyLine, perTile, problemFile, tiny } from '../run/tiny.js';
import { type Ran, run } from '../support/run-main.js';

const file = problemFile([{ ...tiny, name: 'tiny' }], { name: 'Two by two', target: 'h100' });
/** Kernels that differ in their tiles alone, unless other catalogs are given. */
const perTileCatalog = ['--catalog', catalogFile(...perTile)] as const;
const bench = (...argv: readonly string[]): Promise<Ran> =>
  run([
    ...['bench', '--problem', file, '--device', 'emulator'],
    ...(argv.includes('--catalog') ? [] : perTileCatalog),
    ...argv,
  ]);
const benchJson = async (...argv: readonly string[]) => {
  const { code, stdout, stderr } = await bench('--rounds', '2', '--format', 'json', ...argv);
  return { code, stderr, document: JSON.parse(stdout) as MeasurementFile };
};

describe('preflight bench', () => {
  it('times the kernels that fit, the fastest first, and says plainly that an emulator’s times say nothing', async () => {
    const { code, stdout, stderr } = await bench('--rounds', '1');
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'Two by two',
      'timed on emulator of h100 on the CPU (as asked), 1 round',
      '! these are times of the CPU: they say nothing of kernels on a GPU',
      '',
      'tiny on h100',
      'E4m3 × E4m3 → Bfloat16, m 128, k 256, 13 tokens in 4 batches along n',
    ]);
    expect(lines[6]?.trim().split(/ {2,}/)).toEqual(['tile', 'median', 'least … most', 'name']);
    const rows = lines.slice(7, 11);
    const medians = rows.map((row) => Number(/([\d.]+) µs/.exec(row)?.[1]));
    expect(medians).toEqual(medians.toSorted((a, b) => a - b));
    expect(rows[0]).toMatch(/^ {2}✓ {2}128×\d+×128 +[\d.]+ µs +[\d.]+ … [\d.]+ +█{16} +preflight_\S+$/);
    expect(stdout).not.toMatch(/TFLOPS|roofline|estimate/);
  });

  it('as JSON is a file of measurements, with the digest of each kernel', async () => {
    const { code, stderr, document } = await benchJson();
    expect([code, stderr]).toEqual([0, '']);
    expect(new Ajv2020().validate(measurementSchema, document)).toBe(true);
    expect(document.device).toMatchObject({ kind: 'emulator', name: 'h100', arch: 'sm90a', numSms: 132 });
    expect(Math.abs(Date.parse(document.measuredAt) - Date.now())).toBeLessThan(60_000);
    const [measured] = document.measurements;
    expect(measured?.problem).toMatchObject({ name: 'tiny', tokensPerBatch: tiny.tokensPerBatch });
    const digests = new Map(perTile.map(({ functionName, sha256 }) => [functionName, sha256]));
    expect(measured?.kernels).toHaveLength(4);
    for (const { functionName, sha256, medianUs, minUs, maxUs, rounds } of measured?.kernels ?? []) {
      expect(sha256).toBe(digests.get(functionName));
      expect(rounds).toBe(2);
      expect(minUs <= medianUs && medianUs <= maxUs).toBe(true);
    }
  });

  it('--save writes the same, and says so', async () => {
    const path = join(emptyFolder(), 'times.json');
    const { code, stdout } = await bench('--rounds', '1', '--save', path);
    expect(code).toBe(0);
    expect(stdout).toContain(`\n1 problem saved to ${path}\n`);
    expect(new Ajv2020().validate(measurementSchema, JSON.parse(readFileSync(path, 'utf8')))).toBe(true);
  });

  it('--only leaves kernels whose names contain one of the texts', async () => {
    const { document } = await benchJson('--only', 'Tile128x8x', '--only', 'Tile128x64x');
    const [measured] = document.measurements;
    const tiles = measured?.kernels.map(({ functionName }) => /Tile(\w+?)_/.exec(functionName)?.[1]);
    expect(tiles?.toSorted()).toEqual(['128x64x128', '128x8x128']);
  });

  it('--catalog times kernels of one’s own', async () => {
    const { document } = await benchJson('--catalog', catalogFile(kernel));
    expect(document.measurements[0]?.kernels.map(({ functionName }) => functionName)).toEqual([
      kernel.functionName,
    ]);
  });

  it.each([60, 80, 100])('fits a terminal of %i columns, but for the names', async (columns) => {
    const argv = ['bench', '--problem', file, '--device', 'emulator', '--rounds', '1'];
    const { stdout } = await run(argv, { columns, env: { NO_COLOR: '1' } });
    const others = stdout.split('\n').filter((line) => !/preflight_|^timed on|^E4m3|^!/.test(line));
    expect(Math.max(...others.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });
});

describe('a problem that nothing is timed for', () => {
  const builtIn = ['bench', '--problem', file, '--device', 'emulator'] as const;

  it('has the reasons and exit code 1, and does not keep the others from being timed', async () => {
    const two = problemFile([{ ...tiny, m: 200 }, tiny]);
    const ran = await run(['bench', '--problem', two, '--device', 'emulator', '--rounds', '1']);
    expect([ran.code, ran.stderr]).toEqual([1, '']);
    expect(ran.stdout).toContain('m 200 is no multiple of tileM 128');
    expect(ran.stdout).toContain('problem 2 on h100\n');
    expect(ran.stdout).toContain('█');
  });

  it('because those that fit have no cubin', async () => {
    const { cubin: _cubin, sha256: _sha256, ...metadata } = kernel;
    const { code, stdout } = await bench('--catalog', catalogFile(metadata));
    expect(code).toBe(1);
    expect(stdout).toContain('  ✗ nothing to time: 1 kernel that fit have no cubin in the catalog\n');
  });

  it('because --only leaves none that fits', async () => {
    const { code, stdout } = await run([...builtIn, '--only', 'MoE_ProjUp']);
    expect(code).toBe(1);
    expect(stdout).toContain('  ✗ nothing to time: --only leaves no kernel that fits\n');
  });

  it('writes no file where nothing was timed', async () => {
    const path = join(emptyFolder(), 'times.json');
    expect((await run([...builtIn, '--only', 'MoE_ProjUp', '--save', path])).code).toBe(1);
    expect(existsSync(path)).toBe(false);
  });
});

describe('a kernel that cannot be launched is one line, and exit code 1:', () => {
  it('its digest is another', async () => {
    const lie = catalogFile({ ...kernel, sha256: '0'.repeat(64) });
    const ran = await bench('--catalog', lie);
    expect(ran.code).toBe(1);
    expect(onlyLine(ran)).toContain(': sha256: the catalog says 0000');
  });

  it('it has none', async () => {
    const { sha256: _, ...unhashed } = kernel;
    const catalog = ['--catalog', catalogFile(unhashed)];
    const ran = await bench(...catalog);
    expect(ran.code).toBe(1);
    expect(onlyLine(ran)).toContain('has no sha256 in ');
    expect((await bench(...catalog, '--allow-unhashed', '--rounds', '1')).code).toBe(0);
  });

  it('a later one fails: what was timed before is saved', async () => {
    const two = problemFile([tiny, { ...tiny, permuteFusion: true }]);
    const [, another = kernel] = perTile;
    const routed = { ...another, permuteFusion: true, sha256: '0'.repeat(64) };
    const path = join(emptyFolder(), 'times.json');
    const catalogs = ['--catalog', catalogFile(kernel), '--catalog', catalogFile(routed)];
    const argv = ['bench', '--problem', two, '--device', 'emulator', ...catalogs, '--save', path];
    const ran = await run([...argv, '--rounds', '1']);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('sha256')]);
    expect(JSON.parse(readFileSync(path, 'utf8')).measurements).toHaveLength(1);
  });
});

describe('a question that is wrong is one line, and exit code 2:', () => {
  const refused = async (...argv: readonly string[]) => {
    const ran = await run(['bench', ...argv]);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    return onlyLine(ran);
  };
  const emulated = ['--problem', file, '--device', 'emulator'] as const;

  it('no GPU', async () => {
    // A library of the system that is no CUDA driver: also on a machine with a GPU.
    const before = process.env['PREFLIGHT_CUDA_LIBRARY'];
    process.env['PREFLIGHT_CUDA_LIBRARY'] = '/no/such/libcuda.so';
    try {
      expect(await refused('--problem', file)).toMatch(
        /^preflight: there is no GPU to measure on, only the emulator of h100 on the CPU \(no CUDA driver: .+\), whose times say nothing of kernels; --device emulator tries the command on tiny problems$/,
      );
    } finally {
      if (before === undefined) delete process.env['PREFLIGHT_CUDA_LIBRARY'];
      else process.env['PREFLIGHT_CUDA_LIBRARY'] = before;
    }
  });

  it('a problem that is too large for the emulator', async () => {
    const large = problemFile([tiny, { ...tiny, m: 12800, k: 12800 }]);
    expect(await refused('--problem', large, '--device', 'emulator')).toBe(
      `preflight: ${large}: problems[1] takes 4.26 GFLOP, and the emulator tries up to 0.1; its times say nothing of kernels anyway`,
    );
  });

  it('the default shapes on the emulator', async () => {
    expect(await refused('--device', 'emulator')).toBe(
      'preflight: the default shapes are too large for the emulator; give a tiny one with --problem FILE',
    );
  });

  it.each(['0', '-1', '1.5', '1001', 'many', ''])('%j rounds', async (rounds) => {
    expect(await refused(...emulated, '--rounds', rounds)).toBe(
      `preflight: --rounds is "${rounds}"; it must be a whole number from 1 to 1,000`,
    );
  });

  it('names that no kernel has', async () => {
    expect(await refused(...emulated, '--only', 'Tile128x8', '--only', 'Tile1x1')).toMatch(
      /^preflight: --only is "Tile1x1", which no name of \d+ kernels contains; preflight kernels lists them$/,
    );
  });

  it('a device that is none', async () => {
    expect(await refused('--device', 'auto')).toBe(
      'preflight: --device is "auto", which is none of gpu, emulator',
    );
  });

  it('a file without its option', async () => {
    expect(await refused('layer.json')).toBe(
      'preflight: bench takes the file by option: --problem layer.json',
    );
  });

  it('a folder to save in that is not there, before anything is timed', async () => {
    expect(await refused(...emulated, '--save', '/no/such/times.json')).toBe(
      'preflight: cannot write the measurements to /no/such/times.json: there is no such file',
    );
  });
});
