import { checkMany, createCheckerSync, packOptions, verdictRule } from '@gemm-preflight/checker-wasm';
import { ruleSets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { asTheOriginal, differences, type GoldenCase, goldenCases, targetOf } from './golden-cases.js';

/** Errors that an earlier rule always anticipates; rules-that-never-come-first.test.ts asks them directly. */
const neverFirst = [
  'epilogue-tile-divides-tile',
  'dsfp8-k-multiple',
  'batch-m-sizes-positive',
  'batch-n-sizes-positive',
  'dsfp8-batch-m-hidden-multiple',
  'dsfp8-batch-n-hidden-multiple',
  'dsfp8-batch-k-multiple',
];

const checker = createCheckerSync();

const groups = [...new Set(goldenCases.map(({ near }) => near))].map((near) => {
  const cases = goldenCases.filter((golden) => golden.near === near);
  return { near, cases, count: cases.length };
});

describe('the golden cases', () => {
  it('are 3415, 881 of them without an error', () => {
    expect(goldenCases.length).toBe(3415);
    expect(goldenCases.filter(({ ok }) => ok).length).toBe(881);
    expect(goldenCases.filter(({ smem }) => smem).length).toBe(881);
    expect(goldenCases.filter(({ grid }) => grid).length).toBe(284);
  });

  it('have each error and each adjustment at least 20 times, but the errors that never come first', () => {
    const counts = new Map(
      ruleSets['trtllm-gen@2025-03'].rules
        .filter(({ severity }) => severity !== 'note')
        .map(({ name }): [string, number] => [name, 0]),
    );
    for (const { rule, adjusted } of goldenCases) {
      for (const name of rule === null ? adjusted : [rule, ...adjusted]) {
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    const never = [...counts].filter(([, count]) => count === 0).map(([name]) => name);
    expect(never).toEqual(neverFirst);
    expect([...counts.values()].filter((count) => count > 0 && count < 20)).toEqual([]);
  });

  it.each(groups)('near $near: all $count end as in the original', ({ cases }) => {
    for (const golden of cases) {
      const result = checker.check(golden.options, targetOf(golden), asTheOriginal);
      expect(differences(golden, result), JSON.stringify(golden)).toEqual([]);
    }
  });
});

describe.each([true, false])('packed golden cases (Blackwell: %s)', (blackwell) => {
  const cases: readonly GoldenCase[] = goldenCases.filter((golden) => golden.blackwell === blackwell);
  const packed = packOptions(cases.map(({ options }) => options));
  const target = blackwell ? 'b200' : 'h100';

  it('have the same first errors', () => {
    const { valid, firstErrors } = checkMany(checker, packed, target, asTheOriginal);
    expect(valid).toBe(cases.filter(({ ok }) => ok).length);
    expect(Array.from(firstErrors, (id) => verdictRule(id) ?? null)).toEqual(cases.map(({ rule }) => rule));
  });

  it('have them again when checked a second time, by another checker too', () => {
    const once = checkMany(checker, packed, target, asTheOriginal);
    const twice = checkMany(checker, packed, target, asTheOriginal);
    const other = checkMany(createCheckerSync(), packed, target, asTheOriginal);
    expect(twice).toEqual(once);
    expect(other).toEqual(once);
  });

  it('have the verdicts that check gives, with the device’s and the launch’s limits too', () => {
    const { firstErrors } = checkMany(checker, packed, target);
    const one = cases.map(({ options }) => {
      const { diagnostics } = checker.check(options, target, { stopAtFirst: true });
      return diagnostics.find(({ severity }) => severity === 'error')?.rule;
    });
    expect(Array.from(firstErrors, verdictRule)).toEqual(one);
    expect(new Set(one).has('shared-memory-limit')).toBe(true);
  });
});
