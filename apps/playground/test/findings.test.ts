import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { Diagnostic, TargetName } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { findingsByField } from '../src/findings/by-field.js';
import { ownRuleSet } from '../src/findings/own-rules.js';
import { findingId } from '../src/findings/places.js';
import { asOptions, firstOptions } from '../src/state/options.js';

const checker = createCheckerSync();
const inFull = (diagnostics: readonly Diagnostic[]) =>
  [...findingsByField(diagnostics)].filter(([, [one]]) => one?.inFull).map(([name]) => name);

describe('beside the fields', () => {
  it('an error of many options is told in full beside those that a fix would change', () => {
    const { diagnostics } = checker.check(asOptions({ ...firstOptions, numStages: 20 }), 'b200');
    const [limit] = diagnostics.filter(({ rule }) => rule === 'shared-memory-limit');
    expect(limit?.fields.length).toBeGreaterThan(5);
    expect(inFull(limit ? [limit] : [])).toEqual(['numStages']);
    expect(
      findingsByField(diagnostics)
        .get('tileM')
        ?.map(({ inFull }) => inFull),
    ).toEqual([false]);
  });

  it('what is told in full comes before what is only named', () => {
    const given = { ...firstOptions, k: 100, tileK: 96, numStages: 20 };
    const { diagnostics } = checker.check(asOptions(given), 'b200');
    const beside = findingsByField(diagnostics).get('tileK') ?? [];
    expect(beside.map(({ inFull }) => inFull)).toEqual([true, false, false]);
  });

  it('without a fix, beside all of a few and the first of many', () => {
    const error = (fields: readonly string[]): Diagnostic => ({
      rule: 'some-rule',
      severity: 'error',
      message: 'no',
      fields,
    });
    expect(inFull([error(['m', 'n', 'k'])])).toEqual(['m', 'n', 'k']);
    expect(inFull([error(['m', 'n', 'k', 'tileM'])])).toEqual(['m']);
  });

  it('an adjustment stands beside what it changed alone', () => {
    const { diagnostics } = checker.check(asOptions({ ...firstOptions, mmaK: 16 }), 'b200');
    const adjusted = diagnostics.filter(({ severity }) => severity === 'adjusted');
    expect(inFull(adjusted)).toEqual(['mmaK']);
  });
});

it('findings have ids of their own, those of invalid input too', () => {
  const given = { ...firstOptions, m: 'many', n: 'few', tileM: 1.5, strange: 1, odd: 2, numStages: 20 };
  const { diagnostics } = checker.check(asOptions(given), 'b200');
  expect(diagnostics.length).toBeGreaterThan(4);
  expect(new Set(diagnostics.map(findingId)).size).toBe(diagnostics.length);
});

it.each<[TargetName, string, string]>([
  ['h100', 'trtllm-gen@2025-03', 'hopper-native@1'],
  ['h200', 'trtllm-gen@2025-03', 'hopper-native@1'],
  ['b200', 'hopper-native@1', 'trtllm-gen@2025-03'],
])('%s has kernels of its own, by other rules than %s', (target, inUse, own) => {
  expect(ownRuleSet(target, inUse as 'hopper-native@1')).toBe(own);
  expect(ownRuleSet(target, own as 'hopper-native@1')).toBeUndefined();
});
