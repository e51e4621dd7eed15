import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { ruleCatalog } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { exampleOf } from '../src/explain/example.js';
import { soundKernel, soundOptions, soundTarget, violations } from '../src/explain/violations.js';
import { run } from './support/run-main.js';

/** Rules that earlier ones leave nothing to find. */
const silent = [
  'epilogue-tile-divides-tile',
  'batch-m-sizes-positive',
  'batch-n-sizes-positive',
  'dsfp8-batch-k-multiple',
];

describe('explain RULE', () => {
  it('tells what, why, what it reads, and shows what the checker says of a configuration that breaks it', async () => {
    const { code, stdout } = await run(['explain', 'split-k-cluster-size']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `
split-k-cluster-size  error  rule set trtllm-gen@2025-03

Split k through shared memory has one CTA of the cluster for each slice.

why      Every slice’s partial sums lie in one CTA’s shared memory.
reads    numSlicesForSplitK, clusterDimZ

Example: on b200, an otherwise sound configuration with numSlicesForSplitK 4, clusterDimZ 2

  error split-k-cluster-size
    4 slices of k need a cluster of as many CTAs, and clusterDimZ is 2
    fix: set clusterDimZ to 4
     or: set numSlicesForSplitK to 2
`.trimStart(),
    );
  });

  it.each(ruleCatalog.map(({ name }) => name))('%s has a page', async (name) => {
    const { code, stdout, stderr } = await run(['explain', name]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(name);
    expect(stdout.includes('Example: ')).toBe(!silent.includes(name));
  });

  it('as JSON has the same, for tools', async () => {
    const { stdout } = await run(['explain', 'tile-m-limit', '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'tile-m-limit',
      severity: 'error',
      group: 'rule-set',
      ruleSet: 'trtllm-gen@2025-03',
      fields: ['tileM'],
      example: { target: 'b200', diagnostic: { rule: 'tile-m-limit' } },
    });
  });
});

describe('examples of rules', () => {
  it('start from a configuration that no rule has anything to say of', () => {
    const { ok, diagnostics } = createCheckerSync().check(soundOptions, soundTarget, {
      kernel: soundKernel,
    });
    expect({ ok, diagnostics }).toEqual({ ok: true, diagnostics: [] });
  });

  it('are there for every rule that can speak, and for nothing else', () => {
    const without = ruleCatalog.filter((rule) => exampleOf(rule) === undefined).map(({ name }) => name);
    expect(without.sort()).toEqual([...silent].sort());
    const names = new Set(ruleCatalog.map(({ name }) => name));
    expect(Object.keys(violations).filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('explain', () => {
  it('lists all rules, by where they come from', async () => {
    const { stdout } = await run(['explain']);
    for (const { name, severity, summary } of ruleCatalog) {
      const line = stdout.split('\n').find((text) => text.startsWith(`  ${name} `));
      expect(line?.trim().split(/ {2,}/)).toEqual([name, severity, summary]);
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
