import {
  checkMany,
  createCheckerSync,
  mergeSearches,
  packOptions,
  type SearchSpace,
  search,
  verdictRule,
} from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsNearValid } from '../arbitraries.js';
import { dsfp8, fp4, fp8, fp8BatchM, gmemSplit } from '../configurations.js';

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
  const { firstErrors } = checkMany(checker, packOptions(configurations), target, { onlyRuleSet });
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

  it('tries lists of tokens, which have lengths of their own', () => {
    const space: SearchSpace = { ...fp8, batchedN: [[], [4, 0], [1, 2, 3], [-1]], tileN: [8, 16] };
    const { total, valid, refused, configurations } = search(checker, space, 'b200');
    expect({ total, valid, refused }).toEqual({
      total: 8,
      valid: 6,
      refused: { 'batch-sizes-not-negative': 2 },
    });
    for (const options of configurations) expect(checker.check(options, 'b200').ok).toBe(true);
    expect(new Set(configurations.map(({ batchedN }) => batchedN.length))).toEqual(new Set([0, 2, 3]));
  });

  it('does a part of the work, and parts together are the whole', () => {
    const whole = search(checker, tiles, 'b200', { limit: 5000 });
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(whole.total), { maxLength: 6 }), (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), whole.total];
        const parts = ends.map((end, i) =>
          search(checker, tiles, 'b200', { range: [ends[i - 1] ?? 0, end], limit: 5000 }),
        );
        expect(mergeSearches(parts, 5000)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('returns no more than asked for, the first, and counts all', () => {
    const all = search(checker, tiles, 'b200', { limit: 5000 });
    expect(all.configurations).toHaveLength(all.valid);
    for (const limit of [0, 1, 7]) {
      const few = search(checker, tiles, 'b200', { limit });
      expect(few).toEqual({ ...all, configurations: all.configurations.slice(0, limit) });
    }
  });

  it('counts spaces far larger than could be walked, where their common options are wrong', () => {
    const sizes = Array.from({ length: 10_000 }, (_, i) => (i + 1) * 128);
    const space: SearchSpace = { ...fp8, useFusedAct: true, m: sizes, n: sizes, k: sizes };
    const { total, decided, valid, refused } = search(checker, space, 'b200');
    expect(total).toBe(1e12);
    expect({ decided, valid, refused }).toEqual({
      decided: 1e12,
      valid: 0,
      refused: { 'fused-activation-unsupported': 1e12 },
    });
  });

  it('ends when told to, and says how far it came', () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => i + 1);
    const space: SearchSpace = { ...fp8, numTokens: numbers, projGateNumSplitKSlices: numbers };
    const heard: number[] = [];
    const { decided, valid, total } = search(checker, space, 'b200', {
      limit: 0,
      onProgress: (done, of) => {
        expect(of).toBe(1e6);
        return heard.push(done) < 2;
      },
    });
    expect(heard).toHaveLength(2);
    expect(decided).toBe(heard[1]);
    expect(decided).toBeLessThan(total);
    expect(valid).toBe(decided);
  });

  it('goes on with every call, whatever the limit', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(6000), fc.constant(Number.POSITIVE_INFINITY)), (limit) => {
        const heard: number[] = [0];
        const { total } = search(checker, tiles, 'b200', {
          limit,
          onProgress: (decided) => heard.push(decided),
        });
        expect(heard.slice(1).every((decided, i) => decided > (heard[i] ?? total))).toBe(true);
        expect(heard.at(-1)).toBe(total);
      }),
      { numRuns: 30 },
    );
  });

  it('takes axes as long as they may be, and lists of tokens with lists beside them', () => {
    const long = Array.from({ length: 65_536 }, (_, i) => i + 1);
    const space: SearchSpace = {
      ...fp8,
      numTokens: long,
      atol: long.map((i) => i / 65_536),
      batchedN: [[1], Array(100_000).fill(1)],
      useFusedAct: true,
    };
    const { total, refused } = search(checker, space, 'b200');
    expect([total, refused]).toEqual([2 ** 33, { 'fused-activation-unsupported': 2 ** 33 }]);
  });

  it('leaves the checker to whoever uses it meanwhile', () => {
    const quiet = search(checker, tiles, 'b200');
    const busy = search(checker, tiles, 'b200', {
      onProgress: () => checker.check({ ...fp8, batchedN: Array(5000).fill(3) }, 'h100').ok,
    });
    expect(busy).toEqual(quiet);
  });

  it('knows the kernel', () => {
    const kernel = { arch: 'sm100a', sharedMemSize: 1, threadsPerCta: 384 } as const;
    const facts = { ...kernel, paramsStructSize: 17_280, paramsAbi: 'trtllm-gen/1' } as const;
    expect(search(checker, fp8, 'b200', { kernel: facts }).refused).toEqual({ 'kernel-shared-memory': 1 });
  });
});
