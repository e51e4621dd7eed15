import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenExample, sound, soundExample, unsound } from './support/configurations.js';
import { diff, diffOf, shown } from './support/run-diff.js';
import { root, run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

const rules = 'trtllm-gen@2025-03';

describe('diff of configurations', () => {
  it('says what changed, for people', async () => {
    const old = temporaryFile('pretty-old.json', [
      { name: 'gate', options: sound },
      { name: 'down', options: { ...sound, clusterDimX: 2 } },
      { name: 'gone', options: sound },
      { name: 'same', options: unsound },
    ]);
    const now = temporaryFile('pretty-new.json', [
      { name: 'same', options: unsound },
      { name: 'gate', options: { ...sound, numStages: 20 } },
      { name: 'down', options: sound },
      { name: 'fresh', options: unsound },
    ]);
    const { code, stdout, stderr } = await run(['diff', old, now]);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toBe(
      `
old  ${old}: 4 entries, ${rules}
new  ${now}: 4 entries, ${rules}
configurations matched by name

✗ gate could run on b200, and cannot any more  ${now}:58
  given    numStages 2 → 20
  + error shared-memory-limit
      A 320 KiB (16 KiB × 20 stages), B 20 KiB (1 KiB × 20 stages), C0 1 KiB, C1 1 KiB, row maxima 512 bytes: 342.5 KiB of the 227 KiB that a block of b200 can have
✓ down could not run on b200, and can now  ${now}:114
  given    clusterDimX 2 → 1
  - error cluster-xy-is-one
      the cluster is 2×1 along x and y, where only 1×1 is supported
+ fresh is new, and cannot run on b200: tile-k-divides-k-slice, dsfp8-k-multiple  ${now}:170
- gone is gone; it could run on b200  ${old}:114

rule                 gained  lost
shared-memory-limit       1     0
cluster-xy-is-one         0     1

5 entries: 1 can no longer run, 1 can run now, 1 added, 1 removed, 1 unchanged
`.trimStart(),
    );
  });

  it('tells the statuses apart, the gravest first', async () => {
    const found = await diffOf(
      [
        { name: 'unchanged', options: sound },
        { name: 'rewritten', options: sound },
        { name: 'removed', options: sound },
        { name: 'mended', options: unsound },
        { name: 'changed', options: unsound },
        { name: 'regressed', options: sound },
      ],
      [
        { name: 'unchanged', options: sound },
        { name: 'rewritten', options: { ...sound, numStages: 3 } },
        { name: 'added', options: sound },
        { name: 'mended', options: sound },
        { name: 'changed', options: { ...sound, clusterDimX: 2 } },
        { name: 'regressed', options: unsound },
      ],
    );
    expect(shown(found)).toEqual(
      ['regressed', 'changed', 'mended', 'added', 'removed', 'rewritten'].map(
        (status) => `${status} ${status}`,
      ),
    );
    expect(found.counts).toEqual({
      regressed: 1,
      changed: 1,
      mended: 1,
      added: 1,
      removed: 1,
      rewritten: 1,
      unchanged: 1,
    });
  });

  it('has exit code 0 unless something that could run cannot any more', async () => {
    expect((await diffOf({ options: sound }, { options: sound })).code).toBe(0);
    expect((await diffOf({ options: unsound }, { options: sound })).code).toBe(0);
    expect((await diffOf({ options: unsound }, { options: { ...sound, m: 100 } })).code).toBe(0);
    expect((await diffOf([{ options: sound }], [{ options: sound }, { options: unsound }])).code).toBe(0);
    expect((await diffOf({ options: sound }, { options: unsound })).code).toBe(1);
  });

  it('has the findings with their messages, and what was written otherwise', async () => {
    const { changes } = await diffOf({ options: sound }, { options: unsound });
    expect(changes[0].given).toEqual([{ field: 'k', from: 2048, to: 2000 }]);
    expect(changes[0].gained[0]).toEqual({
      rule: 'tile-k-divides-k-slice',
      severity: 'error',
      message: 'k 2000 is no multiple of tileK 128; 80 are left over',
    });
    expect(changes[0].lost).toEqual([]);
  });

  it('compares what the check adjusts', async () => {
    const old = { options: { ...sound, epilogueTileN: 3 } };
    const now = { options: { ...sound, tileN: 16, mmaN: 16, epilogueTileN: 3 } };
    const { changes } = await diffOf(old, now);
    expect(changes[0]).toMatchObject({
      status: 'changed',
      adjusted: [{ field: 'epilogueTileN', from: 8, to: 16 }],
    });
    const { stdout } = await run([
      'diff',
      temporaryFile('a.json', { options: sound }),
      temporaryFile('b.json', old),
    ]);
    expect(stdout).toContain('  adjusted epilogueTileN to 8, as given before\n');
  });

  it('tells an error about other numbers from the same error', async () => {
    const { changes } = await diffOf({ options: unsound }, { options: { ...sound, k: 2001 } });
    expect(changes[0].status).toBe('changed');
    expect([...changes[0].gained, ...changes[0].lost]).toEqual([]);
    expect(changes[0].reworded[0]).toEqual({
      rule: 'tile-k-divides-k-slice',
      before: 'k 2000 is no multiple of tileK 128; 80 are left over',
      after: 'k 2001 is no multiple of tileK 128; 81 are left over',
    });
  });

  it('shows where long lists differ', async () => {
    const batchedN = sound.batchedN.with(3, 7);
    const argv = ['diff', soundExample, temporaryFile('list.json', { options: { ...sound, batchedN } })];
    expect((await run(argv)).stdout).toContain('  given    batchedN[3] 1 → 7\n');
    const other = temporaryFile('lists.json', {
      options: { ...sound, batchedN: batchedN.map((n) => n + 1) },
    });
    expect((await run(['diff', soundExample, other])).stdout).toContain('batchedN in 16 of 16 places\n');
    const shorter = temporaryFile('short.json', { options: { ...sound, batchedN: [1, 2], numBatches: 2 } });
    expect((await run(['diff', soundExample, shorter])).stdout).toContain('→ [1, 2], numBatches 16 → 2\n');
  });

  it('of a list without names does not take an entry for another when the first is taken out', async () => {
    const list = [sound, unsound, { ...sound, numStages: 3 }];
    const old = temporaryFile('three.json', list);
    const now = temporaryFile('two.json', list.slice(1));
    const { code, stdout } = await run(['diff', old, now]);
    expect(stdout).toContain(
      `configurations matched by equal content, then by position: entry 1 of ${old} has no name\n`,
    );
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('3 entries: 1 removed, 2 unchanged');
    expect(code).toBe(0);
  });

  it('--target holds for both sides, and a case’s own target is part of it otherwise', async () => {
    const old = temporaryFile('t-old.json', { target: 'b200', options: sound });
    const now = temporaryFile('t-new.json', { target: 'h100', options: sound });
    const found = await run(['diff', old, now]);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('could run on b200, and cannot any more on h100');
    expect(found.stdout).toContain('  given    target b200 → h100\n');
    expect((await diff([old, now, '--target', 'b200'])).counts.unchanged).toBe(1);
  });

  it('--only-rule-set leaves out the limits of the device and of the launch', async () => {
    const now = { options: { ...sound, numStages: 20 } };
    expect((await diffOf({ options: sound }, now)).code).toBe(1);
    expect((await diffOf({ options: sound }, now, '--only-rule-set')).counts.rewritten).toBe(1);
  });

  it('reads lines, and a broken line is an entry that cannot run', async () => {
    const line = JSON.stringify({ options: sound });
    const old = temporaryFile('old.jsonl', `${line}\n${line}\n`);
    const now = temporaryFile('new.jsonl', `${line}\n{"options": \n`);
    const found = await diff([old, now]);
    expect(found).toMatchObject({ code: 1, matchedBy: 'content', counts: { regressed: 1, unchanged: 1 } });
    expect(found.changes[0].gained[0]).toMatchObject({ rule: 'invalid-input' });
    expect(found.changes[0].new.place).toBe(`${now}:2`);
  });

  it('takes one side from the standard input, as lines where the other has lines', async () => {
    const options = { options: sound };
    const found = await diff(['-', soundExample], { stdin: JSON.stringify(options) });
    expect(found).toMatchObject({ code: 0, old: { file: 'the standard input' }, counts: { unchanged: 1 } });
    const lines = `${JSON.stringify(options)}\n${JSON.stringify(options)}\n`;
    const file = temporaryFile('lines.jsonl', lines);
    expect((await diff([file, '-'], { stdin: lines })).counts.unchanged).toBe(2);
  });

  it('takes whatever JSON stands in the place of options', async () => {
    const junk = fc.oneof(
      fc.jsonValue(),
      fc.constant([{ toString: 1 }]),
      fc.constant({ __proto__: null, k: {} }),
    );
    const anything = fc.oneof(
      junk.map((options) => ({ options })),
      fc.tuple(fc.constantFrom('k', 'batchedN', 'dtypeC', '__proto__', 'x'), junk).map(([name, value]) => ({
        options: { ...sound, ...Object.fromEntries([[name, value]]) },
      })),
      junk,
    );
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        const argv = [temporaryFile('any.json', [value]), temporaryFile('sound.json', [{ options: sound }])];
        for (const files of [argv, argv.toReversed()]) {
          const { code, stderr } = await run(['diff', ...files]);
          expect([[0, 1].includes(code), stderr]).toEqual([true, '']);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('writes what a file would have the terminal obey as escapes', async () => {
    const evil = { name: '\u001b[2Jgone', options: { ...sound, '\u001b]0;x\u0007': '\u001b[31m' } };
    const argv = [
      'diff',
      temporaryFile('evil.json', [evil]),
      temporaryFile('good.json', [{ name: 'x', options: sound }]),
    ];
    const { stdout } = await run(argv, { columns: 80, env: { NO_COLOR: '1' } });
    expect(stdout).toContain('\\u001b[2Jgone');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('the README’s example', () => {
  it('is what the command prints', async () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const given = readFileSync(join(root, soundExample), 'utf8');
    const [, from = '', to = ''] =
      readme.match(/sed 's\/(.*?)\/(.*?)\/' \S+ \| npx preflight diff \S+ -\n/) ?? [];
    expect(given).toContain(from);
    const { code, stdout } = await run(['diff', soundExample, '-'], { stdin: given.replace(from, to) });
    expect(code).toBe(1);
    expect(readme).toContain(`preflight diff ${soundExample} -\n${stdout}\`\`\`\n`);
  });
});

describe('diff under two rule sets', () => {
  it('needs one file alone, and matches it with itself', async () => {
    const found = await diff([brokenExample, '--rules', `${rules}..${rules}`]);
    expect(found).toMatchObject({
      code: 0,
      old: { file: brokenExample, ruleSets: [rules] },
      new: { file: brokenExample, ruleSets: [rules] },
      counts: { unchanged: 1 },
      changes: [],
    });
    const { stdout } = await run(['diff', brokenExample, '--rules', `${rules}..${rules}`]);
    expect(stdout).toContain('; the same as old\n');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 entry: 1 unchanged');
  });

  it('takes one rule set for both sides', async () => {
    expect((await diff([brokenExample, soundExample, '--rules', rules])).new.ruleSets).toEqual([rules]);
  });

  it('reads the standard input once', async () => {
    const stdin = JSON.stringify({ options: sound });
    expect((await diff(['-', '--rules', rules], { stdin })).counts.unchanged).toBe(1);
  });
});
