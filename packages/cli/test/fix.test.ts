import { chmodSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { root, run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

const broken = readFileSync(`${root}examples/broken.json`, 'utf8');

describe('preflight check --fix', () => {
  it('writes what mends the kernel into the file, and leaves the rest of it as it was', async () => {
    const file = temporaryFile('kernel.json', broken);
    const { code, stdout, stderr } = await run(['check', file, '--fix']);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('  fixed cluster-xy-is-one: clusterDimX 2 → 1\n');
    const lines = readFileSync(file, 'utf8').split('\n');
    const changed = broken.split('\n').flatMap((line, i) => (line === lines[i] ? [] : [lines[i]?.trim()]));
    expect(lines).toHaveLength(broken.split('\n').length);
    expect(changed).toEqual(['"dtypeC": "Bfloat16",', '"clusterDimX": 1,']);
  });

  it('mends the problem too with --fix-problem, and then there is nothing left to do', async () => {
    const file = temporaryFile('problem.json', broken);
    const first = await run(['check', file, '--fix-problem', '--format', 'json']);
    expect([first.code, first.stderr]).toEqual([0, '']);
    const { ok, fixed, options } = JSON.parse(first.stdout);
    expect(ok).toBe(true);
    expect(fixed.map(({ rule }: { rule: string }) => rule)).toContain('tile-k-divides-k-slice');
    expect(options).toMatchObject({ m: 7296, k: 2048, clusterDimX: 1 });
    const text = readFileSync(file, 'utf8');
    const second = await run(['check', file, '--fix-problem', '--format', 'json']);
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout).fixed).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('says of what is left why, rather than to offer again what was tried', async () => {
    const given = JSON.parse(broken);
    // With a TMA store, there would be more errors.
    const untyped = {
      ...{ batchM: true, batchedM: [393, 616], numBatches: 2, transposeMmaOutput: false },
      ...{ tileM: 128, tileN: 128, tileK: 64, epilogueTileM: 128, epilogueTileN: 128 },
      ...{ mmaM: 64, mmaN: 128, mmaK: 16, m: 2048, n: 1000, k: 7168 },
      ...{ dtypeElt: 'Fp16', dtypeC: 'MxE2m1', useTmaStore: false, useDeepSeekFp8: false },
      ...{ numSlicesForSplitK: 2, clusterDimZ: 2 },
    };
    const whole = {
      m: 7168,
      k: 2048,
      batchedN: [],
      clusterDimX: 1,
      allReduceAlgo: 'None',
      dtypeC: 'Bfloat16',
    };
    const file = temporaryFile('left.json', [
      given,
      { ...given, options: { ...given.options, ...whole, ...untyped } },
      { ...given, options: { ...given.options, ...whole, m: 0 } },
      { ...given, options: { ...given.options, ...whole, m: 'many' } },
    ]);
    const { stdout } = await run(['check', file, '--fix']);
    expect(stdout).not.toMatch(/^ *(fix|or): /m);
    expect(stdout.match(/^ {2}error .*|^ *not fixed: .*/gm)).toEqual([
      '  error tile-k-divides-k-slice',
      '    not fixed: only --fix-problem may set k to 2048',
      '  error tma-store-divides-hidden',
      '    not fixed: only --fix-problem may set m to 7296',
      '  error batch-sizes-not-negative',
      '    not fixed: only --fix-problem may set batchedN to [3,0,8,0,12,5,0,2,7,4,1,0,6,9,2,4]',
      '  error batched-needs-tma-store',
      '    not fixed: it did not help to set useTmaStore to true',
      '  error problem-size-positive',
      '    not fixed: no fix is offered',
      '  error invalid-input',
      '    not fixed: no fix is offered',
    ]);
    const { stdout: json } = await run(['check', file, '--fix', '--format', 'json']);
    const unfixed = JSON.parse(json).map((result: { unfixed: object }) => result.unfixed);
    expect(unfixed).toEqual([
      ['tile-k-divides-k-slice', 'tma-store-divides-hidden', 'batch-sizes-not-negative'].map((rule) => ({
        rule,
        reason: 'needs fixProblem',
      })),
      [{ rule: 'batched-needs-tma-store', reason: 'does not help' }],
      [{ rule: 'problem-size-positive', reason: 'no fix' }],
      [{ rule: 'invalid-input', reason: 'no fix' }],
    ]);
  });

  it('finds its way to each case of a list', async () => {
    const one = JSON.parse(broken);
    const file = temporaryFile('list.json', [one, one.options]);
    await run(['check', file, '--fix']);
    const [first, second] = JSON.parse(readFileSync(file, 'utf8'));
    expect(first.options.clusterDimX).toBe(1);
    expect(second.clusterDimX).toBe(1);
  });

  it('keeps a byte order mark and the line ends of Windows', async () => {
    const text = `\ufeff${broken.replaceAll('\n', '\r\n')}`;
    const file = temporaryFile('windows.json', text);
    expect((await run(['check', file, '--fix'])).stdout).toContain('fixed cluster-xy-is-one');
    expect(readFileSync(file, 'utf8')).toBe(
      text
        .replace('"clusterDimX": 2', '"clusterDimX": 1')
        .replace('"dtypeC": "E4m3"', '"dtypeC": "Bfloat16"'),
    );
  });

  it.skipIf(process.getuid?.() === 0)('says nothing of fixes that it could not write', async () => {
    const file = temporaryFile('read-only.json', broken);
    chmodSync(file, 0o444);
    const { code, stdout, stderr } = await run(['check', file, '--fix']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`preflight: cannot write the fixes to ${file}: permission denied\n`);
  });

  it('leaves a file without errors alone, to the byte', async () => {
    const text = readFileSync(`${root}examples/check-b200-moe.json`, 'utf8').replaceAll('  ', '\t');
    const file = temporaryFile('sound.json', text);
    expect((await run(['check', file, '--fix'])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it.each([
    [
      'the standard input',
      ['-'],
      'preflight: --fix writes into a JSON file; the standard input and files of lines can only be checked\n',
    ],
    [
      'a file of lines',
      [temporaryFile('cases.jsonl', `${JSON.stringify(JSON.parse(broken))}\n`)],
      'preflight: --fix writes into a JSON file; the standard input and files of lines can only be checked\n',
    ],
    [
      'a check that stops',
      [temporaryFile('stop.json', broken), '--stop-at-first'],
      /^preflight: .*--stop-at-first.*cannot be used with.*--fix.*\n$/,
    ],
  ])('is refused for %s, in one line', async (_, argv, message) => {
    const { code, stdout, stderr } = await run(['check', ...argv, '--fix'], { stdin: broken });
    expect([code, stdout]).toEqual([2, '']);
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });
});
