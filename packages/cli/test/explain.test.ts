import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { explanationOf, type RuleDescription, ruleCatalog } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { exampleOf } from '../src/explain/example.js';
import { silenced } from '../src/explain/silenced.js';
import { soundKernel, soundOptions, soundTarget, violations } from '../src/explain/violations.js';
import { run } from './support/run-main.js';

describe('explain RULE', () => {
  it('tells what, why, what it reads, and shows what the checker says of a configuration that breaks it', async () => {
    const { code, stdout } = await run(['explain', 'split-k-cluster-size']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `
split-k-cluster-size  error  rule sets trtllm-gen@2025-03, hopper-native@1

Split k through shared memory has one CTA of the cluster for each slice.

why      Every slice’s partial sums lie in one CTA’s shared memory.
source   CUDA C++ Programming Guide, Distributed Shared Memory
reads    numSlicesForSplitK, clusterDimZ
since    trtllm-gen@2025-03
fix      Set clusterDimZ to 4, or set numSlicesForSplitK to 2. preflight check FILE --fix writes the first.
page     docs/rules/split-k-cluster-size.md

Wrong: on b200, an otherwise sound configuration with numSlicesForSplitK 4, clusterDimZ 2, projGateNumSplitKSlices 4

  error split-k-cluster-size
    4 slices of k need a cluster of as many CTAs, and clusterDimZ is 2
    fix: set clusterDimZ to 4
     or: set numSlicesForSplitK to 2

Right: clusterDimZ 2 → 4. It can run, and split-k-mode (note) still speaks of it.
`.trimStart(),
    );
  });

  it.each(ruleCatalog.map(({ name }) => name))('%s has a page', async (name) => {
    const { code, stdout, stderr } = await run(['explain', name]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(name);
    expect(stdout).toMatch(/^Wrong: .*^Right: /ms);
  });

  it('as JSON has the same, for tools', async () => {
    const { stdout } = await run(['explain', 'tile-m-limit', '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'tile-m-limit',
      severity: 'error',
      group: 'rule-set',
      ruleSet: 'trtllm-gen@2025-03',
      fields: ['tileM'],
      since: 'trtllm-gen@2025-03',
      page: 'docs/rules/tile-m-limit.md',
      example: {
        wrong: { target: 'b200', options: { ...soundOptions, tileM: 256, epilogueTileM: 256 } },
        diagnostic: { rule: 'tile-m-limit' },
        right: { target: 'b200', options: { tileM: 128 } },
      },
    });
  });

  it.each([
    ['problem-size-positive', 'a size that was meant is nothing that the other sizes tell'],
    ['batch-n-sizes-positive', 'a size that was meant is nothing that the other sizes tell'],
    [
      'tile-sizes-positive',
      'nothing tells which tile was meant; only stage counts and cluster dimensions become 1',
    ],
    ['invalid-input', 'only who wrote the input knows what was meant'],
  ])('of %s says why no fix is offered', async (name, why) => {
    const { stdout } = await run(['explain', name]);
    expect(stdout).toContain(`\nfix      None is offered, for ${why}.\n`);
  });

  it('names no ways out that nobody has counted', async () => {
    for (const { name } of ruleCatalog)
      expect((await run(['explain', name])).stdout, name).not.toContain('several ways out');
  });

  it('of a rule that never speaks names the one that does', async () => {
    const { stdout } = await run(['explain', 'batch-n-sizes-positive']);
    expect(stdout).toContain('; problem-size-positive comes first, and speaks in this rule’s place\n');
    expect(stdout).toContain('error problem-size-positive\n    m is 0;');
  });
});

describe('examples of rules', () => {
  it('start from a configuration that no rule has anything to say of', () => {
    const { ok, diagnostics } = createCheckerSync().check(soundOptions, soundTarget, {
      kernel: soundKernel,
    });
    expect({ ok, diagnostics }).toEqual({ ok: true, diagnostics: [] });
  });

  it('are there for every rule, and for nothing else', () => {
    const names = ruleCatalog.map(({ name }) => name).sort();
    expect(Object.keys({ ...violations, ...silenced }).sort()).toEqual(names);
    expect(Object.keys(silenced).filter((name) => Object.hasOwn(violations, name))).toEqual([]);
    expect(ruleCatalog.filter((rule) => exampleOf(rule) === undefined)).toEqual([]);
  });

  it('are none of a rule that nobody has broken yet', () => {
    const unknown = { ...ruleCatalog[0], name: 'no-such-rule' } as RuleDescription;
    expect(exampleOf(unknown)).toBeUndefined();
  });
});

describe('explain', () => {
  it('lists all rules, by where they come from', async () => {
    const { stdout } = await run(['explain']);
    for (const rule of ruleCatalog) {
      const { name, severity } = rule;
      const line = stdout.split('\n').find((text) => text.startsWith(`  ${name} `));
      expect(line?.trim().split(/ {2,}/)).toEqual([name, severity, explanationOf(rule).summary]);
    }
    expect(stdout).toContain('Rule set trtllm-gen@2025-03\n');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      `${ruleCatalog.length} rules; preflight explain RULE tells more`,
    );
  });

  it('as JSON lists them for tools', async () => {
    const { rules } = JSON.parse((await run(['explain', '--format', 'json'])).stdout);
    expect(rules.map(({ name }: { name: string }) => name)).toEqual(ruleCatalog.map(({ name }) => name));
  });

  it('fits a terminal', async () => {
    const { stdout } = await run(['explain'], { columns: 90, env: { NO_COLOR: '1' } });
    expect(stdout.split('\n').filter((line) => line.length > 90)).toEqual([]);
  });
});
