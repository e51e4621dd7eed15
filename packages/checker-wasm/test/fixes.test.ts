import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  type Diagnostic,
  type Fix,
  type RuleDescription,
  ruleSets,
  type TargetName,
} from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsNearValid } from './arbitraries.js';
import { dsfp8, errorsOf, fp4, fp8, fp8BatchM, gmemSplit, twoShot } from './configurations.js';
import { goldenCases } from './golden-cases.js';

const checker = createCheckerSync();

function applied(options: BatchedGemmOptions, { changes }: Fix): BatchedGemmOptions {
  return { ...options, ...Object.fromEntries(changes.map(({ field, to }) => [field, to])) };
}

interface Offer {
  readonly options: BatchedGemmOptions;
  readonly target: TargetName;
  readonly diagnostic: Diagnostic;
  readonly fix: Fix;
}

function offers(options: BatchedGemmOptions, target: TargetName): readonly Offer[] {
  return checker
    .check(options, target)
    .diagnostics.flatMap((diagnostic) =>
      (diagnostic.fixes ?? []).map((fix) => ({ options, target, diagnostic, fix })),
    );
}

/** What is left of a rule's error, or of the input's validity, when its fix is applied. */
function leftOver({ options, target, diagnostic, fix }: Offer): readonly string[] {
  return errorsOf(checker.check(applied(options, fix), target)).filter(
    (rule) => rule === diagnostic.rule || rule === 'invalid-input',
  );
}

const goldenOffers = goldenCases.flatMap(({ options }) =>
  (['b200', 'h100'] as const).flatMap((target) => offers(options, target)),
);

describe('every fix of the golden cases removes the error that it is offered for', () => {
  const { rules }: { readonly rules: readonly RuleDescription[] } = ruleSets['trtllm-gen@2025-03'];
  const fixable = rules.filter(({ fixes }) => fixes !== undefined);
  // Anticipated by other rules in every golden case.
  const neverOffered = ['dsfp8-batch-k-multiple'];

  it.each(fixable.filter(({ name }) => !neverOffered.includes(name)))('$name', ({ name }) => {
    const mine = goldenOffers.filter(({ diagnostic }) => diagnostic.rule === name);
    expect(mine.length).toBeGreaterThan(0);
    for (const offer of mine) {
      const context = `${offer.diagnostic.message}; ${offer.fix.title}; ${offer.target} ${JSON.stringify(offer.options)}`;
      expect(leftOver(offer), context).toEqual([]);
    }
  });
});

describe('a fix', () => {
  it('changes something', () => {
    for (const { fix } of goldenOffers) {
      expect(fix.changes.length).toBeGreaterThan(0);
      for (const { from, to } of fix.changes) expect(from).not.toEqual(to);
    }
  });

  it('helps whatever the configuration', () => {
    fc.assert(
      fc.property(optionsNearValid, fc.constantFrom('b200' as const, 'h100' as const), (options, target) => {
        for (const offer of offers(options, target)) {
          expect(leftOver(offer), `${offer.diagnostic.rule}: ${offer.fix.title}`).toEqual([]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['tma-store-divides-hidden', 'm 2147483647', { ...fp8, m: 2 ** 31 - 1 }],
    ['tma-store-divides-hidden', 'n 2147483647', { ...fp8BatchM, n: 2 ** 31 - 1 }],
    ['tile-k-divides-k-slice', 'k 2147483647', { ...fp8, k: 2 ** 31 - 1 }],
    ['split-k-divides-k', '2 ** 30 slices', { ...gmemSplit, numSlicesForSplitK: 2 ** 30 }],
    ['shuffle-block-divides-m', 'm 2147483647', { ...fp8, useShuffledMatrixA: true, m: 2 ** 31 - 1 }],
    ['dsfp8-hidden-multiple', 'm 2147483647', { ...dsfp8, m: 2 ** 31 - 1 }],
    ['dsfp8-k-multiple', 'k 2147483647', { ...dsfp8, k: 2 ** 31 - 1 }],
  ] as const)('of %s never leaves 32 bits: %s', (rule, _, options) => {
    const mine = offers(options, 'b200').filter(({ diagnostic }) => diagnostic.rule === rule);
    expect(errorsOf(checker.check(options, 'b200'))).toContain(rule);
    for (const offer of mine) expect(leftOver(offer), offer.fix.title).toEqual([]);
  });

  // Each is a case in which an adjustment, or a second fault of the same rule, would undo half a fix.
  it.each([
    [
      'mma-fits-epilogue-tile',
      'both dimensions are too large',
      { ...fp8BatchM, epilogueTileM: 32, epilogueTileN: 32 },
    ],
    ['mma-fits-epilogue-tile', 'FP4 rounds mmaN up again', { ...fp4, epilogueTileN: 32 }],
    ['dsfp8-epilogue-half-tile', 'mmaM 128 takes the tile whole', { ...dsfp8, mmaM: 128 }],
    ['dsfp8-mma-half-tile', 'FP4 sets mmaM to 128 again', { ...dsfp8, dtypeElt: 'E2m1' }],
    ['two-shot-output-dtype', 'the accumulator’s type is Void', { ...twoShot, dtypeAcc: 'Void' }],
    ['batch-n-covers-tile', 'm and k are too small', { ...fp8, useTmaStore: false, m: 64, k: 64 }],
    ['batch-m-covers-tile', 'n and k are too small', { ...fp8BatchM, useTmaStore: false, n: 64, k: 64 }],
    ['batch-n-divides', 'tileM and tileK do not divide', { ...fp8, useTmaStore: false, m: 1500, k: 2080 }],
    ['cta-table-capacity', 'some batches are negative', { ...fp8, batchedN: [-100_000, 20_000] }],
  ] as const)('of %s helps where %s', (rule, _, options) => {
    const mine = offers(options, 'b200').filter(({ diagnostic }) => diagnostic.rule === rule);
    expect(errorsOf(checker.check(options, 'b200'))).toContain(rule);
    for (const offer of mine) expect(leftOver(offer), offer.fix.title).toEqual([]);
  });

  it('of a list that is longer than any before leaves what was given to the fixes behind it', () => {
    const batchedN = [-1, ...new Array<number>(2000).fill(9)];
    const found = createCheckerSync().check({ ...fp8, batchedN, numBatches: 2001 }, 'b200').diagnostics;
    expect(found.map(({ rule, fixes }) => [rule, fixes?.map(({ changes }) => changes)])).toEqual([
      ['batch-sizes-not-negative', [[{ field: 'batchedN', from: batchedN, to: [0, ...batchedN.slice(1)] }]]],
      ['batch-capacity', undefined],
      ['cta-table-capacity', [[{ field: 'tileN', from: 8, to: 16 }]]],
    ]);
  });

  it('is found in no time, also for the largest sizes', () => {
    // A prime k: the smaller tileK that divides it is mmaK or none.
    const options = { ...fp8, dtypeElt: 'Fp16', mmaK: 8, tileK: 2 ** 31 - 2, k: 2 ** 31 - 1 } as const;
    const start = performance.now();
    checker.check(options, 'b200');
    expect(performance.now() - start).toBeLessThan(200);
  });
});
