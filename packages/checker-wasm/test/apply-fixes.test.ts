import { applyFix, applyFixes, createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions, CheckResult, TargetName } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsNearValid } from './arbitraries.js';
import { dsfp8, errorsOf, findingOf, fp8 } from './configurations.js';
import { goldenCases } from './golden-cases.js';

const checker = createCheckerSync();
const target = fc.constantFrom('b200' as const, 'h100' as const);
const numErrors = (result: CheckResult) => errorsOf(result).length;
const ofProblem: ReadonlySet<string> = new Set(['m', 'n', 'k', 'batchedM', 'batchedN']);

/** How many errors each fix that is offered, and allowed, leaves when it is applied alone. */
function afterEachFix(options: BatchedGemmOptions, on: TargetName, fixProblem: boolean): readonly number[] {
  return checker
    .check(options, on)
    .diagnostics.flatMap(({ fixes = [] }) => fixes)
    .filter(({ changes }) => fixProblem || !changes.some(({ field }) => ofProblem.has(field)))
    .map((fix) => numErrors(checker.check(applyFix(options, fix), on)));
}

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

  it('takes a tile that fits rather than a problem that then fits nothing else', () => {
    // Padded to 2112, k would leave a tileK that no swizzle spans.
    const { applied, options, result } = applyFixes(checker, { ...fp8, tileK: 96 }, 'b200', {
      fixProblem: true,
    });
    expect(applied.map(({ title }) => title)).toEqual(['set tileK to 64']);
    expect([options.k, result.ok]).toEqual([fp8.k, true]);
  });

  it('finds the one change behind several errors', () => {
    // Half a tileN of 8 is no instruction: mending these rules in their order leads nowhere.
    const broken: BatchedGemmOptions = {
      ...dsfp8,
      tileN: 8,
      epilogueTileN: 8,
      mmaN: 8,
      transposeMmaOutput: false,
    };
    expect(errorsOf(checker.check(broken, 'b200'))).toEqual([
      'dsfp8-epilogue-half-tile',
      'dsfp8-mma-half-tile',
      'batch-n-column-major',
    ]);
    const { applied, result } = applyFixes(checker, broken, 'b200');
    expect(applied.map(({ title }) => title)).toEqual(['set transposeMmaOutput to true']);
    expect(result.ok).toBe(true);
  });

  it('says of what is left whether it has a fix, needs leave to change the problem, or tried in vain', () => {
    const reasons = (options: BatchedGemmOptions, fixProblem = false) =>
      applyFixes(checker, options, 'b200', { fixProblem }).unfixed;
    expect(reasons(fp8)).toEqual([]);
    expect(reasons({ ...fp8, m: 0 })).toEqual([{ rule: 'problem-size-positive', reason: 'no fix' }]);
    const odd = { ...fp8, m: 1500 };
    expect(reasons(odd)).toEqual([{ rule: 'tma-store-divides-hidden', reason: 'needs fixProblem' }]);
    expect(reasons(odd, true)).toEqual([]);
    // With a TMA store there would be more errors: no map for the output’s type, and rows that leave a rest.
    const untyped: BatchedGemmOptions = {
      ...fp8,
      ...{ batchM: true, batchedM: [393, 616], batchedN: [], numBatches: 2, transposeMmaOutput: false },
      ...{ tileM: 128, tileN: 128, tileK: 64, epilogueTileM: 128, epilogueTileN: 128, mmaN: 128, mmaK: 16 },
      ...{ m: 2048, n: 1000, k: 7168, dtypeElt: 'Fp16', dtypeC: 'MxE2m1', useTmaStore: false },
      ...{ numSlicesForSplitK: 2, clusterDimZ: 2, mmaM: 64 },
    };
    expect(reasons(untyped, true)).toEqual([{ rule: 'batched-needs-tma-store', reason: 'does not help' }]);
  });

  it('widens a tile whose half DeepSeek’s scales cover, when a swizzle needs more', () => {
    const narrow: BatchedGemmOptions = {
      ...dsfp8,
      ...{ batchM: true, batchedM: [5], transposeMmaOutput: false },
      ...{ tileN: 8, mmaN: 8, epilogueTileN: 8 },
    };
    const { applied, result } = applyFixes(checker, narrow, 'b200');
    expect(result.ok).toBe(true);
    expect(applied.map(({ title }) => title)).toEqual(['set tileN to 64 and set epilogueTileN to 32']);
  });

  it('does without a change that a later one makes needless', () => {
    // Of its own accord, fixing changes the kernel first; m has to grow in any case, and then the rows can stay shuffled.
    const shuffled: BatchedGemmOptions = { ...fp8, useShuffledMatrixA: true, m: 1000 };
    const { applied, result } = applyFixes(checker, shuffled, 'b200', { fixProblem: true });
    expect(applied.map(({ title }) => title)).toEqual(['set m to 1024']);
    expect(result.ok).toBe(true);
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
  const given = fc.tuple(optionsNearValid, target);
  const outcome = fc.tuple(given, fc.boolean());
  const numRuns = 300;

  it('what was applied leads from the options given to those given back, and to fewer errors if it is anything', () => {
    fc.assert(
      fc.property(outcome, ([[options, on], fixProblem]) => {
        const { applied, options: fixed, result } = applyFixes(checker, options, on, { fixProblem });
        expect(applied.reduce(applyFix, options)).toEqual(fixed);
        expect(result).toEqual(checker.check(fixed, on));
        const [before, after] = [numErrors(checker.check(options, on)), numErrors(result)];
        if (applied.length > 0) expect(after).toBeLessThan(before);
        else expect(after).toBe(before);
      }),
      { numRuns },
    );
  });

  it('it leaves no more errors than the best single fix does, and no single fix makes fewer of what it leaves', () => {
    fc.assert(
      fc.property(outcome, ([[options, on], fixProblem]) => {
        const { options: fixed, result } = applyFixes(checker, options, on, { fixProblem });
        const first = afterEachFix(options, on, fixProblem);
        expect(numErrors(result)).toBeLessThanOrEqual(Math.min(...first, numErrors(result) + 1));
        for (const errors of afterEachFix(fixed, on, fixProblem))
          expect(errors).toBeGreaterThanOrEqual(numErrors(result));
      }),
      { numRuns },
    );
  });

  it('nothing that was applied is needless', () => {
    fc.assert(
      fc.property(outcome, ([[options, on], fixProblem]) => {
        const { applied, result } = applyFixes(checker, options, on, { fixProblem });
        for (const needed of applied) {
          const without = applied.filter((fix) => fix !== needed).reduce(applyFix, options);
          expect(numErrors(checker.check(without, on)), needed.title).toBeGreaterThan(numErrors(result));
        }
      }),
      { numRuns },
    );
  });

  it('each change is from what was there', () => {
    fc.assert(
      fc.property(outcome, ([[options, on], fixProblem]) => {
        const { applied } = applyFixes(checker, options, on, { fixProblem });
        let before = options;
        for (const fix of applied) {
          for (const { field, from } of fix.changes) expect(from).toEqual(before[field]);
          before = applyFix(before, fix);
        }
      }),
      { numRuns },
    );
  });

  it('more may be changed, so no more errors are left: with fixProblem than without', () => {
    fc.assert(
      fc.property(given, ([options, on]) => {
        const kept = applyFixes(checker, options, on);
        const padded = applyFixes(checker, options, on, { fixProblem: true });
        expect(numErrors(padded.result)).toBeLessThanOrEqual(numErrors(kept.result));
        if (kept.result.ok) expect(padded).toEqual(kept);
      }),
      { numRuns },
    );
  });

  it('it passes in the end, or says of each error that is left why', () => {
    fc.assert(
      fc.property(outcome, ([[options, on], fixProblem]) => {
        const { result, unfixed } = applyFixes(checker, options, on, { fixProblem });
        expect(result.ok).toBe(unfixed.length === 0);
        expect(unfixed.map(({ rule }) => rule)).toEqual(errorsOf(result));
        for (const { rule, reason } of unfixed) {
          const fixes = findingOf(result, rule)?.fixes ?? [];
          expect(reason === 'no fix').toBe(fixes.length === 0);
          if (fixProblem) expect(reason).not.toBe('needs fixProblem');
        }
      }),
      { numRuns },
    );
  });

  it('fixing what is fixed changes nothing', () => {
    fc.assert(
      fc.property(outcome, ([[options, on], fixProblem]) => {
        const { options: fixed, result, unfixed } = applyFixes(checker, options, on, { fixProblem });
        expect(applyFixes(checker, fixed, on, { fixProblem })).toEqual({
          applied: [],
          unfixed,
          options: fixed,
          result,
        });
      }),
      { numRuns },
    );
  });

  it('sizes of the problem stay unless asked for', () => {
    fc.assert(
      fc.property(given, ([options, on]) => {
        const { m, n, k, batchedM, batchedN } = applyFixes(checker, options, on).options;
        expect({ m, n, k, batchedM, batchedN }).toEqual({
          m: options.m,
          n: options.n,
          k: options.k,
          batchedM: options.batchedM,
          batchedN: options.batchedN,
        });
      }),
      { numRuns },
    );
  });
});
