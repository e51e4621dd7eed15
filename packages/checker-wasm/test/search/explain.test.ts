import {
  type Checker,
  createCheckerSync,
  explainSearch,
  type SearchExplanation,
  type SearchSpace,
  search,
  searchSize,
} from '@gemm-preflight/checker-wasm';
import { describe, expect, it } from 'vitest';
import { fp8 } from '../configurations.js';

const checker = createCheckerSync();
const steps = (from: number, to: number, by: number) =>
  Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, i) => from + i * by);

/** Seven dimensions, 811,008 configurations, as examples/search-b200-moe.json has them. */
const wide: SearchSpace = {
  ...fp8,
  m: 7168,
  epilogueTileN: 256,
  tileM: [64, 128],
  tileN: steps(8, 256, 8),
  tileK: [64, 128, 256, 512],
  epilogueTileM: [32, 64, 128],
  mmaM: [64, 128, 256],
  mmaN: steps(8, 256, 8),
  numStages: steps(2, 12, 1),
};

/** What a search that finds nothing says of it. */
function explanationOf(
  space: SearchSpace,
  target: Parameters<Checker['check']>[1] = 'b200',
): SearchExplanation {
  const { valid, explanation } = search(checker, space, target);
  expect(valid).toBe(0);
  if (explanation === undefined) throw new Error('no explanation');
  return explanation;
}

describe('a search that finds nothing', () => {
  it('says why in one sentence, with the nearest change that helps', () => {
    const space: SearchSpace = { ...fp8, m: 1000, tileM: [64, 128], tileN: [8, 16], epilogueTileM: 64 };
    const { message, obstacles, nearest, lookedAt } = explanationOf(space);
    expect(message).toBe(
      'no configuration is valid because a TMA store writes whole tiles, and m 1000 is no multiple of tileM 64 or 128; nearest: m 1024',
    );
    expect(obstacles).toEqual([
      { rule: 'tma-store-divides-hidden', message: expect.stringContaining('m 1000'), refuses: 4 },
    ]);
    expect(nearest?.changes).toEqual([{ field: 'm', from: 1000, to: 1024 }]);
    expect(lookedAt).toBe(4);
  });

  it('quotes the whole message where it is the same for all', () => {
    expect(explanationOf({ ...fp8, k: 1000, numStages: [2, 3] }).message).toBe(
      'no configuration is valid because k 1000 is no multiple of tileK 128; 104 are left over; nearest: k 1024',
    );
  });

  it('speaks of all of a space, however large, where few options decide', () => {
    const { message, obstacles, lookedAt } = explanationOf({ ...wide, m: 1000 });
    expect(message).toBe(
      'no configuration is valid because a TMA store writes whole tiles, and m 1000 is no multiple of tileM 64 or 128; nearest: m 1024',
    );
    expect(lookedAt).toBe(811_008);
    expect(obstacles.map(({ refuses }) => refuses)).toEqual([811_008]);
  });

  it('finds what is in the way behind what refuses most', () => {
    // 95 % of these configurations are refused by a tileK that does not divide k.
    const { message } = explanationOf({ ...wide, tileK: steps(32, 4096, 32), clusterDimX: 2 });
    expect(message).toBe(
      'no configuration is valid because the cluster is 2×1 along x and y, where only 1×1 is supported; nearest: clusterDimX 1',
    );
  });

  it('names an obstacle for each change, and no other', () => {
    const { message, nearest } = explanationOf({ ...wide, m: 7000, k: 1000 });
    expect(nearest?.changes.map(({ field, to }) => [field, to])).toEqual([
      ['m', 7040],
      ['k', 1024],
    ]);
    expect(message).toBe(
      'no configuration is valid because a TMA store writes whole tiles, and m 7000 is no multiple of tileM 64 or 128; and k 1000 is no multiple of tileK 64, 128, 256 or 512; nearest: m 7040, k 1024',
    );
  });

  it('speaks of every value that an axis has', () => {
    const { message, lookedAt } = explanationOf({ ...wide, dtypeElt: ['Int8', 'UInt16'] });
    expect(message).toMatch(
      / of Int8 in Int32, and dtypeAcc is Fp32, or the tensor cores .* take no UInt16$/,
    );
    expect(lookedAt).toBe(1_622_016);
  });

  it('lists many values by the first and the last', () => {
    const { message } = explanationOf({ ...fp8, m: 1000, tileM: steps(16, 128, 16) });
    expect(message).toContain('tileM 16, 32, … or 128; nearest: ');
  });

  it('adds a value to an axis where that is the nearest change', () => {
    const { message, nearest } = explanationOf({ ...wide, tileM: [256, 384] });
    expect(message).toBe(
      'no configuration is valid because tileM 256 or 384 is above 128, the rows that one CTA can accumulate; nearest: tileM 128',
    );
    expect(nearest?.changes).toEqual([{ field: 'tileM', from: 256, to: 128 }]);
    expect(nearest?.options.tileM).toBe(128);
  });

  it('quotes a case where no clause is true of all', () => {
    expect(explanationOf({ ...fp8, numStages: [30, 40, 50] }).message).toMatch(
      /because shared-memory-limit is broken, as in: A 480 KiB .* can have; nearest: numStages 13$/,
    );
  });

  it('says how many it speaks of where it does not know of all', () => {
    // The rule on m and tileM speaks of most; a tileM that divides 1000 breaks others, in millions of combinations.
    const space: SearchSpace = { ...wide, m: 1000, tileM: steps(8, 4096, 8), tileK: steps(1, 4000, 1) };
    const explanation = explainSearch(checker, space, 'b200');
    expect(explanation?.lookedAt).toBeLessThan(searchSize(space));
    expect(explanation?.message).toMatch(/^no configuration is valid: in the [\d,]+ looked at, /);
    expect(explanation?.message).toMatch(/; nearest: m 1024$/);
  });

  it('changes no option that need not change, where several have to', () => {
    // The fix of tileN sets epilogueTileN with it, which a split k takes whole anyway.
    const { nearest } = explanationOf({
      ...fp8,
      tileN: 337,
      numSlicesForSplitK: 2,
      projGateNumSplitKSlices: 0,
    });
    expect(nearest?.changes.map(({ field, to }) => [field, to])).toEqual([
      ['tileN', 256],
      ['numStages', 2],
      ['projGateNumSplitKSlices', 1],
    ]);
  });

  it('says that nothing near is valid by naming none', () => {
    const { message, nearest } = explanationOf({ ...fp8, k: [0, -1] });
    expect([message, nearest]).toEqual([
      'no configuration is valid because k is -1 or 0; sizes of a problem must be positive',
      undefined,
    ]);
  });

  it('can be asked after a search in parts', () => {
    const space: SearchSpace = { ...fp8, useFusedAct: true, numStages: [2, 3] };
    expect(explainSearch(checker, space, 'b200')).toEqual(search(checker, space, 'b200').explanation);
    expect(explainSearch(checker, fp8, 'b200')).toBeUndefined();
    expect(explainSearch(checker, { ...wide, m: [1000, 7168] }, 'b200')).toBeUndefined();
  });
});
