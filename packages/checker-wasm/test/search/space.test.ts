import {
  createCheckerSync,
  findInvalidValues,
  mergeSearches,
  type SearchSettings,
  type SearchSpace,
  search,
  searchSize,
} from '@gemm-preflight/checker-wasm';
import { describe, expect, it } from 'vitest';
import { fp8 } from '../configurations.js';

const checker = createCheckerSync();
const upTo = (length: number) => Array.from({ length }, (_, i) => i + 1);

describe('a space that is none', () => {
  it.each([
    [{ tileM: [] }, 'tileM has no value to try'],
    [{ tilem: [64] }, 'there is no option "tilem"; did you mean "tileM"?'],
    [{ tileM: [64, 1.5] }, 'tileM is 1.5; it must be a whole number from -2147483648 to 2147483647'],
    [{ tileM: [64, undefined] }, 'a value of tileM is missing'],
    [{ dtypeElt: ['E4m3', 'E4M3'] }, /^dtypeElt is "E4M3", which is none of .*did you mean "E4m3"\?$/],
    [{ batchedN: [[1], 2] }, 'batchedN is 2; it must be a list of whole numbers'],
    [{ m: undefined }, 'missing: m'],
  ])('is refused in a line: %j', (part, message) => {
    expect(() => searchSize({ ...fp8, ...part } as unknown as SearchSpace)).toThrow(
      typeof message === 'string' ? new TypeError(message) : message,
    );
  });

  it.each([[[]], [null], ['{}']])('is refused in a line: %j', (space) => {
    expect(() => searchSize(space as unknown as SearchSpace)).toThrow(
      new TypeError('a space is an object such as {"tileM": [64, 128], …}'),
    );
  });

  it('is refused where it cannot be counted', () => {
    const many = upTo(60_000);
    expect(() => searchSize({ ...fp8, m: many, n: many, k: many, numTokens: many })).toThrow(
      new RangeError('the space has about 1.30e+19 configurations; at most 2^53 can be counted'),
    );
  });

  it('is refused where an option has more values than anybody tries, however many', () => {
    expect(searchSize({ ...fp8, numTokens: upTo(65_536) })).toBe(65_536);
    const message = /^numTokens has [\d,]+ values; at most 65,536 are tried$/;
    for (const length of [65_537, 1_000_000]) {
      expect(() => searchSize({ ...fp8, numTokens: upTo(length) })).toThrow(message);
    }
    expect(() => searchSize({ ...fp8, numTokens: new Array(2 ** 32 - 1) })).toThrow(message);
  });

  it('is refused where its lists of tokens do not fit together', () => {
    const list = Array<number>(2 ** 23).fill(1);
    const space: SearchSpace = { ...fp8, batchedN: [list, list, [1]] };
    expect(() => searchSize(space)).toThrow(
      'the lists of batchedN have 16777217 entries; together up to 16777216 are read',
    );
  });

  it('is read in time that grows with its values', () => {
    const start = performance.now();
    for (const name of ['m', 'n', 'k'] as const) searchSize({ ...fp8, [name]: upTo(65_536) });
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('values to try', () => {
  it('are found wrong with their position', () => {
    expect(findInvalidValues('tileM', [64, 128, '8'])).toEqual({
      message: 'tileM is "8"; it must be a whole number from -2147483648 to 2147483647',
      at: 2,
    });
    expect(findInvalidValues('tileM', [])).toEqual({ message: 'tileM has no value to try' });
    expect(findInvalidValues('batchedN', [[1, 2], []])).toBeUndefined();
  });
});

describe('settings', () => {
  const refusal = (settings: object) => () => search(checker, fp8, 'b200', settings as SearchSettings);

  it.each([
    [1.5, '1.5'],
    [-1, '-1'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    ['7', 'of type string'],
    [null, 'of type null'],
    [7n, 'of type bigint'],
    [Symbol('7'), 'of type symbol'],
  ])('with a limit of %s are refused', (limit, shown) => {
    const message = `the limit is ${shown}; it must be a whole number from 0, or Infinity`;
    expect(refusal({ limit })).toThrow(new RangeError(message));
    expect(() => mergeSearches([], limit as number)).toThrow(new RangeError(message));
  });

  it.each([
    [[0, 2], '0 to 2'],
    [[-1, 0], '-1 to 0'],
    [[1, 0], '1 to 0'],
    [[0.5, 1], '0.5 to 1'],
    [[0, Number.NaN], '0 to NaN'],
  ])('with a range of %j are refused', (range, shown) => {
    expect(refusal({ range })).toThrow(
      new RangeError(`the range ${shown} is no part of the 1 configurations`),
    );
  });

  it.each([[[0]], [[0, '1']], [null], ['01']])('with a range of %j are refused', (range) => {
    expect(refusal({ range })).toThrow(new RangeError('the range must be two positions, [begin, end]'));
  });

  it('with an unknown rule set, and an unknown target, are refused', () => {
    expect(() => search(checker, fp8, 'b300x' as 'b200')).toThrow(/unknown target "b300x"/);
    expect(refusal({ ruleSet: 'x@1' })).toThrow(/unknown rule set "x@1"/);
  });
});
