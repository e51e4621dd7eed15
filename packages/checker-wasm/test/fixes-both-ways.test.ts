import { applyFix, createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dsfp8, errorsOf, findingOf, fp4Output, fp8, fp8BatchM } from './configurations.js';

const checker = createCheckerSync();

type Change = Partial<BatchedGemmOptions>;

/** The fixes that a rule offers, each as the values that it sets. */
function offered(options: BatchedGemmOptions, rule: string): readonly Change[] {
  const fixes = findingOf(checker.check(options, 'b200'), rule)?.fixes ?? [];
  return fixes.map(({ changes }) => Object.fromEntries(changes.map(({ field, to }) => [field, to])));
}

const wideMma: BatchedGemmOptions = { ...fp8, mmaM: 128, epilogueTileM: 128 };
const plainStore: BatchedGemmOptions = { ...fp8, useTmaStore: false };
const plainStoreBatchM: BatchedGemmOptions = { ...fp8BatchM, useTmaStore: false };

describe('where a tile does not divide the problem', () => {
  it.each<[rule: string, options: BatchedGemmOptions, ...fixes: Change[]]>([
    [
      'tma-store-divides-hidden',
      { ...wideMma, m: 7232 },
      { m: 7296 },
      { tileM: 64, mmaM: 64, epilogueTileM: 64 },
    ],
    ['tma-store-divides-hidden', { ...fp8, m: 7232 }, { m: 7296 }, { tileM: 64 }],
    ['tma-store-divides-hidden', { ...fp8BatchM, n: 1600 }, { n: 1664 }, { tileN: 64 }],
    ['tma-store-covers-tile', { ...wideMma, m: 64 }, { m: 128 }, { tileM: 64, mmaM: 64, epilogueTileM: 64 }],
    ['tma-store-covers-tile', { ...fp8BatchM, n: 64 }, { n: 128 }, { tileN: 64 }],
    ['tile-k-divides-k-slice', { ...fp8, k: 2112 }, { k: 2176 }, { tileK: 64 }],
    ['fp4-output-m', { ...fp4Output, m: 576 }, { m: 640 }, { tileM: 64 }],
    ['fp4-output-n', { ...fp4Output, n: 1600 }, { n: 1664 }, { tileN: 64 }],
    ['batch-n-divides', { ...plainStore, m: 1600 }, { m: 1664 }, { tileM: 64 }],
    ['batch-n-covers-tile', { ...plainStore, m: 64 }, { m: 128 }, { tileM: 64 }],
    ['batch-m-divides', { ...plainStoreBatchM, n: 1600 }, { n: 1664 }, { tileN: 64 }],
    ['batch-m-covers-tile', { ...plainStoreBatchM, n: 64 }, { n: 128 }, { tileN: 64 }],
  ])('%s offers a larger problem, and a smaller tile with what lies within it', (rule, options, ...fixes) => {
    expect(offered(options, rule)).toEqual(fixes);
    const others = errorsOf(checker.check(options, 'b200')).filter((error) => error !== rule);
    for (const fix of fixes) {
      const left = errorsOf(checker.check({ ...options, ...fix }, 'b200'));
      expect(
        left.every((error) => others.includes(error)),
        left.join(),
      ).toBe(true);
    }
  });

  it.each<[why: string, rule: string, options: BatchedGemmOptions, fix: Change]>([
    ['no instruction has 32 rows', 'tma-store-divides-hidden', { ...fp8, m: 7200 }, { m: 7296 }],
    ['FP4 inputs have tiles of 128 rows', 'fp4-output-m', fp4ToFp4(576), { m: 640 }],
    ['DeepSeek’s scales need these tiles', 'tile-k-divides-k-slice', { ...dsfp8, k: 7232 }, { k: 7296 }],
  ])('a smaller tile is not offered where %s', (_, rule, options, fix) => {
    expect(offered(options, rule)).toEqual([fix]);
  });

  const multiple = (step: number) => fc.integer({ min: 1, max: 500 }).map((count) => count * step);

  it('both ways leave no error, whatever multiple of the smallest tile it is', () => {
    const options = fc.oneof(
      fc.record({ m: multiple(64), k: multiple(32) }).map((sizes) => ({ ...wideMma, ...sizes })),
      fc.record({ n: multiple(32), k: multiple(32) }).map((sizes) => ({ ...fp8BatchM, ...sizes })),
    );
    fc.assert(
      fc.property(options, (given) => {
        const result = checker.check(given, 'b200');
        const errors = errorsOf(result);
        for (const { fixes = [] } of result.diagnostics) {
          for (const fix of fixes)
            expect(errorsOf(checker.check(applyFix(given, fix), 'b200')), fix.title).toHaveLength(
              errors.length - 1,
            );
        }
        expect(result.diagnostics.every(({ fixes }) => fixes?.length === 2)).toBe(true);
      }),
    );
  });
});

/** FP4 in and out, which is the only pair of types whose rules both speak of tileM. */
function fp4ToFp4(m: number): BatchedGemmOptions {
  const tile = { tileK: 256, epilogueTileM: 128, epilogueTileN: 128, mmaM: 128, mmaN: 128, mmaK: 64 };
  return { ...fp4Output, ...tile, dtypeElt: 'E2m1', m };
}

describe('where an instruction does not fit in the epilogue tile', () => {
  it('both a larger epilogue tile and a smaller instruction are offered', () => {
    const narrow: BatchedGemmOptions = { ...fp8, tileN: 16, mmaN: 16 };
    expect(offered(narrow, 'mma-fits-epilogue-tile')).toEqual([{ epilogueTileN: 16 }, { mmaN: 8 }]);
  });

  it('a larger tile is offered, and an instruction of 64 rows, if the tile has no more', () => {
    expect(offered({ ...wideMma, tileM: 64 }, 'mma-fits-epilogue-tile')).toEqual([
      { tileM: 128 },
      { mmaM: 64 },
    ]);
  });
});

describe('where the output lies along the wrong dimension', () => {
  it('tokens of the other dimension are offered to those who gave such', () => {
    expect(offered({ ...fp8, batchM: true }, 'batch-m-row-major')).toEqual([
      { transposeMmaOutput: false },
      { batchM: false },
    ]);
    expect(offered({ ...fp8BatchM, batchM: false }, 'batch-n-column-major')).toEqual([
      { transposeMmaOutput: true },
      { batchM: true },
    ]);
  });

  it('and are made up for nobody else', () => {
    expect(offered({ ...fp8BatchM, transposeMmaOutput: true }, 'batch-m-row-major')).toEqual([
      { transposeMmaOutput: false },
    ]);
    expect(offered({ ...fp8, transposeMmaOutput: false }, 'batch-n-column-major')).toEqual([
      { transposeMmaOutput: true },
    ]);
  });
});

describe('where DeepSeek’s warpgroups share a tile too small for two instructions', () => {
  it.each(['dsfp8-epilogue-half-tile', 'dsfp8-mma-half-tile'])('%s offers a larger tile', (rule) => {
    const small: BatchedGemmOptions = { ...dsfp8, tileM: 64 };
    expect(offered(small, rule)).toEqual([{ tileM: 128 }]);
    expect(checker.check({ ...small, tileM: 128 }, 'b200').ok).toBe(true);
  });
});
