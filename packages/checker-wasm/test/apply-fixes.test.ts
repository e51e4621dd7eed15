import { applyFixes, createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsNearValid } from './arbitraries.js';
import { dsfp8, errorsOf, fp8 } from './configurations.js';
import { goldenCases } from './golden-cases.js';

const checker = createCheckerSync();
const target = fc.constantFrom('b200' as const, 'h100' as const);

describe('applyFixes', () => {
  it('leaves a valid configuration as it is', () => {
    const { applied, options, result } = applyFixes(checker, fp8, 'b200');
    expect(applied).toEqual([]);
    expect(options).toBe(fp8);
    expect(result.ok).toBe(true);
  });

  it('mends independent errors one after the other, and says what it changed', () => {
    const broken: BatchedGemmOptions = {
      ...dsfp8,
      dtypeC: 'Bfloat16',
      tileK: 64,
      clusterDimX: 2,
      allReduceAlgo: 'OneShot',
    };
    const { applied, options, result } = applyFixes(checker, broken, 'b200');
    expect(result.ok).toBe(true);
    expect(options).toMatchObject({ tileK: 128, clusterDimX: 1, allReduceAlgo: 'None' });
    expect(applied.flatMap(({ changes }) => changes.map(({ field }) => field)).sort()).toEqual([
      'allReduceAlgo',
      'clusterDimX',
      'tileK',
    ]);
  });

  it('does not touch the problem unless asked', () => {
    const odd: BatchedGemmOptions = { ...fp8, m: 1500 };
    const kept = applyFixes(checker, odd, 'b200');
    expect(kept.applied).toEqual([]);
    expect(kept.options).toBe(odd);
    expect(errorsOf(kept.result)).toEqual(['tma-store-divides-hidden']);
    const padded = applyFixes(checker, odd, 'b200', { fixProblem: true });
    expect(padded.options.m).toBe(1536);
    expect(padded.result.ok).toBe(true);
  });

  it('answers bad input with its diagnostics, having nothing to fix', () => {
    const { applied, result } = applyFixes(checker, { ...fp8, m: Number.NaN }, 'b200');
    expect(applied).toEqual([]);
    expect(errorsOf(result)).toEqual(['invalid-input']);
  });

  it('says how many errors of the original’s cases have no fix', () => {
    const wrong = goldenCases.filter(({ ok }) => !ok);
    const fixed = wrong.filter(
      ({ options, blackwell }) =>
        applyFixes(checker, options, blackwell ? 'b200' : 'h100', { fixProblem: true, onlyRuleSet: true })
          .result.ok,
    );
    // Most of what is wrong can be mended; what cannot are sizes below 1, and choices that only the caller can make.
    expect(fixed.length / wrong.length).toBeGreaterThan(0.8);
  });
});

describe('whatever the configuration', () => {
  const outcome = fc.tuple(optionsNearValid, target, fc.boolean());

  it('each fix leaves fewer errors, and the result is that of the options given back', () => {
    fc.assert(
      fc.property(outcome, ([options, on, fixProblem]) => {
        const before = errorsOf(checker.check(options, on)).length;
        const fixed = applyFixes(checker, options, on, { fixProblem });
        expect(fixed.result).toEqual(checker.check(fixed.options, on));
        expect(errorsOf(fixed.result).length).toBeLessThanOrEqual(before - fixed.applied.length);
      }),
      { numRuns: 500 },
    );
  });

  it('it passes in the end, or the errors left have no fix that helps', () => {
    fc.assert(
      fc.property(outcome, ([options, on]) => {
        const { result, options: fixed } = applyFixes(checker, options, on, { fixProblem: true });
        const again = applyFixes(checker, fixed, on, { fixProblem: true });
        expect(again.applied).toEqual([]);
        expect(result.ok).toBe(errorsOf(result).length === 0);
      }),
      { numRuns: 500 },
    );
  });

  it('sizes of the problem stay unless asked for', () => {
    fc.assert(
      fc.property(optionsNearValid, target, (options, on) => {
        const { m, n, k, batchedM, batchedN } = applyFixes(checker, options, on).options;
        expect({ m, n, k, batchedM, batchedN }).toEqual({
          m: options.m,
          n: options.n,
          k: options.k,
          batchedM: options.batchedM,
          batchedN: options.batchedN,
        });
      }),
      { numRuns: 500 },
    );
  });
});
