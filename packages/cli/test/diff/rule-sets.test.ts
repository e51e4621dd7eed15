import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultRuleSet, type KernelInfo } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { type DiffRequest, diffFiles } from '../../src/diff/diff-files.js';
import { diffJson } from '../../src/formats/diff-json.js';
import { formatDiff } from '../../src/formats/pretty/diff.js';
import { viewOf } from '../../src/formats/pretty/view.js';
import { processIo } from '../../src/io.js';
import { sound } from '../support/configurations.js';
import { laterChecker, laterRules } from '../support/later-rules.js';
import { root } from '../support/run-main.js';
import { temporaryFile } from '../support/temporary.js';

const asked: Omit<DiffRequest, 'old'> = {
  new: undefined,
  rules: { old: defaultRuleSet, new: laterRules },
  target: undefined,
  onlyRuleSet: false,
  problem: undefined,
  catalog: [],
};
const compare = (old: string, request: Partial<DiffRequest> = {}) =>
  diffFiles({ ...asked, old, ...request }, { ...processIo(), cwd: root }, laterChecker);

const cases = [
  { name: 'deep', options: { ...sound, numStages: 4 } },
  { name: 'wide', options: { ...sound, clusterDimX: 2 } },
  { name: 'both', options: { ...sound, numStages: 4, clusterDimX: 2 } },
  { name: 'plain', options: sound },
];

describe('one file under two rule sets that disagree', () => {
  const file = temporaryFile('cases.json', cases);

  it('shows what changes its verdict, by which rules, for people', async () => {
    const diff = await compare(file);
    expect(diff.regressed).toBe(true);
    expect(formatDiff(diff, viewOf({ color: false, columns: undefined }))).toBe(
      `
old  ${file}: 4 entries, ${defaultRuleSet}
new  ${file}: 4 entries, ${laterRules}
configurations matched by position: it is the same file

✗ deep could run on b200, and cannot any more  ${file}:2
  + error three-stages
      numStages is 4, and there are at most 3
± both cannot run on b200, as before, with other findings  ${file}:114
  + error three-stages
      numStages is 4, and there are at most 3
  - error cluster-xy-is-one
      the cluster is 2×1 along x and y, where only 1×1 is supported
✓ wide could not run on b200, and can now  ${file}:58
  - error cluster-xy-is-one
      the cluster is 2×1 along x and y, where only 1×1 is supported

rule               gained  lost
three-stages            2     0
cluster-xy-is-one       0     2

4 entries: 1 can no longer run, 1 with other findings, 1 can run now, 1 unchanged
`.trimStart(),
    );
  });

  it('has the rule set of each side in JSON', async () => {
    const { old, new: now, counts, changes } = JSON.parse(diffJson(await compare(file)));
    expect([old.ruleSets, now.ruleSets]).toEqual([[defaultRuleSet], [laterRules]]);
    expect(counts).toMatchObject({ regressed: 1, changed: 1, mended: 1, unchanged: 1 });
    expect(changes[0]).toMatchObject({
      status: 'regressed',
      old: { ok: true, ruleSet: defaultRuleSet },
      new: { ok: false, ruleSet: laterRules },
      given: [],
    });
  });

  it('that change places says the opposite', async () => {
    const rules = { old: laterRules, new: defaultRuleSet };
    const { counts, changes } = await compare(file, { rules });
    expect(counts).toMatchObject({ regressed: 1, changed: 1, mended: 1, unchanged: 1 });
    expect(changes[0]?.new?.label).toBe('wide');
  });
});

describe('two files under two rule sets', () => {
  it('tell what the rule set does from what the edit does', async () => {
    const old = temporaryFile('edit-old.json', cases.slice(0, 2));
    const edited = [{ name: 'deep', options: { ...sound, numStages: 3 } }, cases[1]];
    const { counts, changes } = await compare(old, { new: temporaryFile('edit-new.json', edited) });
    expect(counts).toMatchObject({ mended: 1, rewritten: 1 });
    expect(changes[0]).toMatchObject({ status: 'mended', new: { label: 'wide' }, given: [] });
    expect(changes[1]?.given).toEqual([{ field: 'numStages', from: 4, to: 3 }]);
  });
});

describe('a catalog under two rule sets', () => {
  it('shows which kernels the later one refuses', async () => {
    const catalog = 'packages/kernels/catalog/preflight-sm90a.json';
    const { kernels }: { readonly kernels: readonly KernelInfo[] } = JSON.parse(
      readFileSync(join(root, catalog), 'utf8'),
    );
    // The others obey another rule set, and are refused under both of these.
    const known = kernels.filter(({ ruleSet }) => ruleSet === defaultRuleSet);
    const refused = known.filter(({ numStages }) => numStages > 3);
    const { kind, counts, changes } = await compare(temporaryFile('first-family.json', { kernels: known }));
    expect([kind, counts.regressed, refused.length > 0]).toEqual(['catalog', refused.length, true]);
    expect(changes[0]?.gained.map(({ rule }) => rule)).toEqual(['three-stages']);
  });
});
