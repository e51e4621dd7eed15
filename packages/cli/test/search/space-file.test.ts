import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sound, soundExample } from '../support/configurations.js';
import { run } from '../support/run-main.js';
import { searchWith } from './search-with.js';

describe('the values to try', () => {
  const varied = async (space: object) => {
    const argv = ['--format', 'json', '--only-rule-set', '--limit', '0'];
    return JSON.parse((await searchWith(space, ...argv)).stdout).total;
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
    const { stdout } = await searchWith(file, '--format', 'jsonl');
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
    const { code, stderr } = await searchWith({ m: range, n: range, k: range, tileN: range });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^preflight: the space has about 1\.30e\+19 configurations; .*\n$/);
  });

  it('with more values than anybody tries is refused at their place, however many', async () => {
    for (const length of [65_537, 300_000]) {
      const { code, stderr } = await searchWith({ m: Array.from({ length }, (_, i) => i + 1) });
      const count = length.toLocaleString('en-US');
      expect([code, stderr]).toEqual([
        2,
        `preflight: the standard input:1:2: m has ${count} values; at most 65,536 are tried\n`,
      ]);
    }
  });
});
