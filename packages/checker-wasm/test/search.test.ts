import {
  createCheckerSync,
  mergeSearches,
  packOptions,
  type SearchSpace,
  search,
  searchSize,
  verdictRule,
} from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsNearValid } from './arbitraries.js';
import { dsfp8, fp4, fp8, fp8BatchM, gmemSplit } from './configurations.js';

const checker = createCheckerSync();

/** All configurations of a space, and which rule each fails first. */
function bruteForce(space: SearchSpace, target: 'b200' | 'h100', onlyRuleSet = false) {
  const configurations = Object.entries(space).reduce<Record<string, unknown>[]>(
    (all, [name, given]) => {
      const values = Array.isArray(given) && !name.startsWith('batched') ? [...new Set(given)] : [given];
      return all.flatMap((options) => values.map((value) => ({ ...options, [name]: value })));
    },
    [{}],
  ) as unknown as BatchedGemmOptions[];
  const { firstErrors } = checker.checkMany(packOptions(configurations), target, { onlyRuleSet });
  const refused: Record<string, number> = {};
  for (const id of firstErrors) {
    const rule = verdictRule(id);
    if (rule !== undefined) refused[rule] = (refused[rule] ?? 0) + 1;
  }
  const valid = configurations.filter((_, i) => (firstErrors[i] ?? 0) < 0);
  return { total: configurations.length, refused, valid };
}

const key = (options: BatchedGemmOptions) => JSON.stringify(Object.entries(options).sort());

function expectSame(space: SearchSpace, target: 'b200' | 'h100', onlyRuleSet = false): void {
  const expected = bruteForce(space, target, onlyRuleSet);
  const found = search(checker, space, target, { onlyRuleSet, limit: Number.POSITIVE_INFINITY });
  expect(found.total).toBe(expected.total);
  expect(found.decided).toBe(expected.total);
  expect(found.refused).toEqual(expected.refused);
  expect(found.valid).toBe(expected.valid.length);
  expect(found.configurations.map(key).sort()).toEqual(expected.valid.map(key).sort());
}

const tiles: SearchSpace = {
  ...fp8,
  tileM: [64, 128, 192, 256],
  tileN: [8, 16, 32, 64, 96, 128],
  tileK: [64, 128, 96],
  epilogueTileM: [64, 128],
  mmaM: [64, 128],
  mmaN: [8, 16, 64],
  numStages: [2, 3, 4, 8, 12],
};

describe('search', () => {
  it('finds what checking every configuration finds, and counts what each rule refuses first', () => {
    expectSame(tiles, 'b200');
    expectSame(tiles, 'h100');
    expectSame(tiles, 'b200', true);
  });

  it.each([
    [
      'DeepSeek FP8',
      { ...dsfp8, useDeepSeekFp8: [true, false], tileK: [64, 128], n: [128, 100], m: [256, 300] },
    ],
    [
      'FP4, whose adjustments rewrite tiles',
      { ...fp4, mmaM: [64, 128], mmaN: [8, 64, 72], tileN: [64, 128], tileM: [64, 128, 2 ** 31 - 1] },
    ],
    [
      'data types',
      {
        ...fp8,
        dtypeElt: ['E4m3', 'E2m1', 'Fp16', 'Int8'],
        mmaK: [16, 32, 64],
        dtypeC: ['Void', 'E2m1', 'Bfloat16'],
      },
    ],
    [
      'both batch modes',
      { ...fp8BatchM, batchM: [true, false], transposeMmaOutput: [true, false], n: [1536, 100] },
    ],
    ['split k', { ...gmemSplit, numSlicesForSplitK: [0, 1, 2, 3], clusterDimZ: [1, 2, 0], k: [2048, 1000] }],
  ] as const)('agrees with checking every configuration: %s', (_, space) => {
    expectSame(space as unknown as SearchSpace, 'b200');
    expectSame(space as unknown as SearchSpace, 'h100');
  });

  it('agrees with checking every configuration of any space', () => {
    const axis = fc
      .constantFrom(...(Object.keys(fp8) as (keyof BatchedGemmOptions)[]))
      .filter((name) => !name.startsWith('batched'));
    fc.assert(
      fc.property(
        fc.array(optionsNearValid, { minLength: 3, maxLength: 3 }),
        fc.uniqueArray(axis, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('b200' as const, 'h100' as const),
        ([base, ...others], names, target) => {
          if (base === undefined) return;
          const axes = names.map((name) => [name, [base, ...others].map((options) => options[name])]);
          expectSame({ ...base, ...Object.fromEntries(axes) }, target);
        },
      ),
      { numRuns: 300 },
    );
  });
});
