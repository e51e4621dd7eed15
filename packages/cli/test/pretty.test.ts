import { describe, expect, it } from 'vitest';
import { brokenExample, sound, soundExample, unsound } from './support/configurations.js';
import { run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

/** What a colour starts with. */
const startOfColor = '\u001b[';

describe('a sound configuration', () => {
  it('gets its verdict, its shared memory chunk by chunk, and its grid', async () => {
    const { code, stdout } = await run(['check', soundExample]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `
✓ DeepSeek-V3, down projection of 16 experts can run on b200 (trtllm-gen@2025-03)  examples/check-b200-moe.json:1
  note tolerance-dsfp8
    tolerance for DeepSeek FP8: atol not given → 0.01, rtol not given → 0.01

  shared memory 37,376 of 232,448 bytes (16 %)
    offset  chunk       holds
         0  A           2 stages of 128×128 E4m3
    32,768  B           2 stages of 8×128 E4m3
    34,816  C           64×8 of the output
    35,840  C, second   64×8 of the output
    36,864  row maxima  128 × Fp32
  grid 56 × 15 × 1 = 840 CTAs, 5.68 waves of 148 SMs
`.trimStart(),
    );
  });
});

describe('a broken configuration', () => {
  it('gets its errors first, with their fixes, then what was adjusted, then notes', async () => {
    const { code, stdout } = await run(['check', brokenExample]);
    expect(code).toBe(1);
    expect(stdout.split('\n').filter((line) => /^(✗|✓| {2}\w+ [a-z0-9-]+$)/.test(line))).toEqual([
      '✗ down projection, misconfigured cannot run on b200 (trtllm-gen@2025-03): 5 errors  examples/broken.json:1',
      '  error tile-k-divides-k-slice',
      '  error tma-store-divides-hidden',
      '  error cluster-xy-is-one',
      '  error one-shot-output-dtype',
      '  error batch-sizes-not-negative',
      '  adjusted epilogue-tile-m',
      '  note num-batches',
    ]);
    expect(stdout).toContain(`    fix: set dtypeC to "Bfloat16"\n     or: set allReduceAlgo to "None"\n`);
    expect(stdout).not.toContain('why:');
  });

  it('gets reasons with --explain, each once', async () => {
    const file = temporaryFile('twice.json', [unsound, unsound]);
    const { stdout } = await run(['check', file, '--explain']);
    expect(stdout.match(/error tile-k-divides-k-slice/g)).toHaveLength(2);
    expect(stdout.match(/why: The main loop loads whole stages/g)).toHaveLength(1);
  });
});

describe('several cases', () => {
  it('get a line that sums them up', async () => {
    const file = temporaryFile('three.json', [{ name: 'up', options: sound }, sound, unsound]);
    const { code, stdout } = await run(['check', file]);
    expect(code).toBe(1);
    expect(stdout.split('\n').filter((line) => /^[✗✓]/.test(line))).toEqual([
      `✓ up can run on b200 (trtllm-gen@2025-03)  ${file}:2`,
      expect.stringMatching(/^✓ case 2 can run on b200 /),
      expect.stringMatching(/^✗ case 3 cannot run on b200 .*: 2 errors/),
    ]);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('3 cases: 2 can run, 1 cannot (2 errors, 3 notes)');
  });

  it('that cannot be read are said to be no cases', async () => {
    const file = temporaryFile('bad.jsonl', 'nope\n');
    const { code, stdout } = await run(['check', file]);
    expect(code).toBe(1);
    expect(stdout).toBe(
      `✗ line 1 cannot be checked: 1 error  ${file}:1\n  error invalid-input\n    line 1 is no JSON: column 1: this is no JSON value\n\n1 case: 1 cannot (1 error)\n`,
    );
  });
});

describe('colour', () => {
  it('is off in a pipe, on on a terminal, and off where NO_COLOR says so', async () => {
    expect((await run(['check', brokenExample])).stdout).not.toContain(startOfColor);
    expect((await run(['check', brokenExample], { columns: 100 })).stdout).toContain(
      `${startOfColor}31m✗${startOfColor}39m`,
    );
    const env = { NO_COLOR: '1' };
    expect((await run(['check', brokenExample], { columns: 100, env })).stdout).not.toContain(startOfColor);
  });

  it('is on in a pipe where FORCE_COLOR says so, and off on a dumb terminal', async () => {
    expect((await run(['check', brokenExample], { env: { FORCE_COLOR: '1' } })).stdout).toContain(
      startOfColor,
    );
    const env = { TERM: 'dumb' };
    expect((await run(['check', brokenExample], { columns: 100, env })).stdout).not.toContain(startOfColor);
  });

  it('never colours what programs read', async () => {
    for (const format of ['json', 'jsonl', 'sarif', 'github']) {
      const { stdout } = await run(['check', brokenExample, '--format', format], { columns: 100 });
      expect(stdout).not.toContain(startOfColor);
    }
  });
});

describe('a terminal', () => {
  const world = { columns: 60, env: { NO_COLOR: '1' } };

  it('has no line of text that is wider than it', async () => {
    const { stdout } = await run(['check', brokenExample], world);
    const wide = stdout.split('\n').filter((line) => line.length > 60 && !line.startsWith('✗'));
    expect(wide).toEqual([]);
  });

  it('is told the reasons of rules without asking', async () => {
    expect((await run(['check', brokenExample], world)).stdout).toContain('    why: ');
  });
});
