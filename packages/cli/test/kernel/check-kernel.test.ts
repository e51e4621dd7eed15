import { readFileSync } from 'node:fs';
import type { Diagnostic } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { found, sound } from '../support/configurations.js';
import { compiledFrom, ownCatalog, ownKernel, ownOptions } from '../support/kernels.js';
import { diffOf } from '../support/run-diff.js';
import { run } from '../support/run-main.js';
import { temporaryFile } from '../support/temporary.js';

const name = ownKernel.functionName;

/** Checks a document with --format json; the result or results, and the exit code. */
async function check(document: unknown, ...flags: readonly string[]) {
  const argv = ['check', temporaryFile('case.json', document), ...flags, '--format', 'json'];
  const { code, stdout, stderr } = await run(argv);
  expect(stderr).toBe('');
  return { code, result: JSON.parse(stdout) };
}

describe('a check against a kernel', () => {
  it('says on which GPU it can run, which without a target is the first that the kernel was built for', async () => {
    const file = temporaryFile('own.json', ownOptions);
    const { code, stdout } = await run(['check', file, '--kernel', name]);
    expect(code).toBe(0);
    expect(stdout).toContain(`can run on h100 (trtllm-gen@2025-03)  ${file}:1\n  held against ${name}\n`);
  });

  it('is the same for a case that names it', async () => {
    const byFlag = await check({ options: ownOptions }, '--kernel', name);
    const byName = await check({ kernel: name, options: ownOptions });
    expect(byName).toEqual(byFlag);
    expect(byName.result).toMatchObject({ ok: true, kernel: name });
  });

  it('has no kernel in its result where none is named', async () => {
    expect((await check({ options: sound })).result).not.toHaveProperty('kernel');
  });

  it('by --kernel is so whatever the cases say', async () => {
    const { code, result } = await check({ kernel: 'another', options: ownOptions }, '--kernel', name);
    expect([code, result.kernel]).toEqual([0, name]);
  });

  it('takes a case’s own target, and --target over that', async () => {
    const given = { target: 'b200', kernel: name, options: ownOptions };
    expect(found((await check(given)).result)).toContain('error kernel-arch');
    expect((await check(given, '--target', 'h200')).code).toBe(0);
  });

  it('takes kernels from --catalog in place of the built-in ones', async () => {
    const catalog = temporaryFile('mine.json', { kernels: [{ ...ownKernel, functionName: 'mine' }] });
    expect((await check({ kernel: 'mine', options: ownOptions }, '--catalog', catalog)).code).toBe(0);
    const { result } = await check({ kernel: name, options: ownOptions }, '--catalog', catalog);
    expect(found(result)).toEqual(['error invalid-input']);
  });

  it('of lines reads each line’s own, and those without any as before', async () => {
    const lines = [
      { kernel: name, options: ownOptions },
      { options: sound },
      { kernel: 'x', options: sound },
    ];
    const stdin = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const { stdout } = await run(['check', '-', '--format', 'jsonl'], { stdin });
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ ok, kernel }) => [ok, kernel])).toEqual([
      [true, name],
      [true, undefined],
      [false, undefined],
    ]);
  });

  it('is named in a SARIF log', async () => {
    const file = temporaryFile('sarif.json', { kernel: name, options: { ...ownOptions, k: 2000 } });
    const { stdout } = await run(['check', file, '--format', 'sarif']);
    expect(JSON.parse(stdout).runs[0].results[0].properties.kernel).toBe(name);
  });
});

describe('options that a kernel was not compiled with', () => {
  const other = { ...ownOptions, numStages: 3, tileK: 64 };

  it('are one error that comes first, with all of them, what the kernel has, and how to get there', async () => {
    const { code, result } = await check({ kernel: name, options: other });
    expect([code, result.ok]).toEqual([1, false]);
    expect(result.diagnostics[0]).toEqual({
      rule: 'kernel-not-as-compiled',
      severity: 'error',
      message:
        'the kernel was compiled with tileK 128, where the checked options have 64; ' +
        'compiled with numStages 4, where the checked options have 3',
      fields: ['tileK', 'numStages'],
      fixes: [
        {
          title: 'set tileK to 128 and set numStages to 4',
          changes: [
            { field: 'tileK', from: 64, to: 128 },
            { field: 'numStages', from: 3, to: 4 },
          ],
        },
      ],
    });
  });

  it('are set to what it was compiled with by --fix', async () => {
    const file = temporaryFile('other.json', { kernel: name, options: other });
    const { code, stdout } = await run(['check', file, '--fix']);
    expect(code).toBe(0);
    expect(stdout).toContain('fixed kernel-not-as-compiled: tileK 64 → 128, numStages 3 → 4\n');
    expect(JSON.parse(readFileSync(file, 'utf8')).options).toEqual(ownOptions);
  });

  it('are not what --fix makes of them: no fix takes another kernel', async () => {
    const given = { kernel: name, options: { ...ownOptions, k: 2240 } };
    // Alone, a smaller tileK mends it.
    expect((await check(given.options, '--target', 'h100', '--fix')).code).toBe(0);
    const { code, result } = await check(given, '--fix');
    expect([code, found(result)]).toEqual([1, expect.arrayContaining(['error tile-k-divides-k-slice'])]);
    expect(result).not.toHaveProperty('fixed');
    expect((await check(given, '--fix-problem')).result).toMatchObject({ ok: true, options: { k: 2304 } });
  });

  it('may be the check’s own doing, for which there is no fix', async () => {
    const adjusted = { ...ownOptions, epilogueTileN: 4 };
    const kernel = compiledFrom('odd', adjusted, ownKernel);
    const catalog = temporaryFile('odd.json', { kernels: [kernel] });
    const { result } = await check({ kernel: 'odd', options: adjusted }, '--catalog', catalog);
    expect(result.diagnostics[0]).toMatchObject({
      rule: 'kernel-not-as-compiled',
      message: 'the kernel was compiled with epilogueTileN 4, where the checked options have 8',
    });
    expect(result.diagnostics[0]).not.toHaveProperty('fixes');
  });

  it('come behind the first error with --stop-at-first', async () => {
    const errorsOf = async (options: object) =>
      found((await check({ kernel: name, options }, '--stop-at-first')).result).filter((one) =>
        /^error/.test(one),
      );
    expect(await errorsOf({ ...other, k: 2000 })).toEqual(['error tile-k-divides-k-slice']);
    expect(await errorsOf(other)).toEqual(['error kernel-not-as-compiled']);
  });

  it('are no rule, and explain says what they are', async () => {
    const line =
      '"kernel-not-as-compiled" is no rule; it is said where a kernel was compiled with other options than the check ends with';
    expect(await run(['explain', 'kernel-not-as-compiled'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `preflight: ${line}\n`,
    });
  });
});

describe('a kernel that cannot be found', () => {
  const near = name.replace('Tile128x8x128', 'Tile128x88x128');
  const own = temporaryFile('own.json', ownOptions);
  const twice = temporaryFile('twice.json', { kernels: [ownKernel, ownKernel] });

  it.each<readonly [string, readonly string[], string]>([
    [
      'a slip',
      ['--kernel', near],
      `there is no kernel "${near}" in the built-in catalogs; did you mean "${name}"?`,
    ],
    [
      'a part of a name',
      ['--kernel', 'tile128x8x128_epitile128', '--catalog', ownCatalog],
      `there is no kernel "tile128x8x128_epitile128" in ${ownCatalog}; did you mean "${name}"?`,
    ],
    [
      'nothing like it',
      ['--kernel', 'gemm', '--catalog', ownCatalog],
      `there is no kernel "gemm" in ${ownCatalog}; preflight kernels --catalog ${ownCatalog} lists them`,
    ],
    [
      'a name of megabytes',
      ['--kernel', 'x_'.repeat(1 << 20)],
      `there is no kernel "${'x_'.repeat(150)}…" in the built-in catalogs; preflight kernels lists them`,
    ],
    [
      'one that is there twice',
      ['--kernel', name, '--catalog', twice],
      `there are two kernels "${name}" in ${twice}; a check needs a name that one kernel has`,
    ],
    [
      'a catalog that cannot be read, though no kernel is named',
      ['--catalog', 'no.json'],
      'cannot read no.json: there is no such file',
    ],
  ])('gets one line, and exit code 2: %s', async (_what, flags, line) => {
    expect(await run(['check', own, ...flags])).toEqual({
      code: 2,
      stdout: '',
      stderr: `preflight: ${line}\n`,
    });
  });

  it('is a fault of the case that names it, and the others are checked', async () => {
    const { code, result } = await check([
      { kernel: near, options: ownOptions },
      { kernel: name, options: ownOptions },
    ]);
    expect([code, result[1].ok]).toEqual([1, true]);
    expect(result[0].diagnostics).toEqual([
      {
        rule: 'invalid-input',
        severity: 'error',
        message: `there is no kernel "${near}" in the built-in catalogs; did you mean "${name}"?`,
        fields: ['kernel'],
      },
    ]);
  });

  it.each([
    [7, 'the number 7'],
    [{ arch: 'sm90a' }, 'an object'],
    [null, 'null'],
  ])('is one where a case has %j in its place', async (kernel, what) => {
    const { result } = await check({ kernel, options: ownOptions });
    expect(result.diagnostics.map(({ message }: Diagnostic) => message)).toEqual([
      `the case’s kernel is ${what}; it must be the name of a kernel in a catalog`,
    ]);
  });
});

describe('diff of cases that name kernels', () => {
  it('holds them against those kernels, and shows where another is named', async () => {
    const catalog = temporaryFile('pair.json', {
      kernels: [ownKernel, { ...ownKernel, functionName: 'smaller', sharedMemSize: 1024 }],
    });
    const options = ownOptions;
    const { code, changes } = await diffOf(
      { kernel: name, options },
      { kernel: 'smaller', options },
      '--catalog',
      catalog,
    );
    expect(code).toBe(1);
    expect(changes[0].given).toEqual([{ field: 'kernel', from: name, to: 'smaller' }]);
    expect(changes[0].gained.map(({ rule }: Diagnostic) => rule)).toEqual(['kernel-shared-memory']);
  });
});
