import type { SearchResult } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostSearchers, searchRanges } from '../../src/search/search-ranges.js';
import type { Searcher } from '../../src/search/searcher.js';

const total = 20_000_000;
/** Every so many configurations one is valid. */
const every = 100_003;

/** What there is to find in a range; a configuration is its position. */
function found(begin: number, end: number, limit: number): SearchResult {
  const first = Math.ceil(begin / every);
  const valid = Math.max(0, Math.ceil(end / every) - first);
  const configurations = Array.from(
    { length: Math.min(valid, limit) },
    (_, i) => ({ numTokens: (first + i) * every }) as BatchedGemmOptions,
  );
  return {
    total,
    decided: end - begin,
    valid,
    refused: { 'tile-m-limit': end - begin - valid },
    configurations,
  };
}

/** A searcher that does some share of what it is asked for, after some turns of the others. */
function searcher(shares: readonly number[], turns: number): Searcher {
  let calls = 0;
  return {
    async search({ range: [begin, end], limit }) {
      for (let i = 0; i < turns; i++) await undefined;
      const share = shares[calls++ % shares.length] ?? 1;
      return found(begin, Math.max(begin + 1, Math.ceil(begin + (end - begin) * share)), limit);
    },
    async close() {},
  };
}

const searchers = fc.array(
  fc
    .tuple(fc.array(fc.double({ min: 0.2, max: 1, noNaN: true }), { minLength: 1 }), fc.nat(5))
    .map(([shares, turns]) => searcher(shares, turns)),
  { minLength: 1, maxLength: 5 },
);

describe('a search in parts', () => {
  it('is the same whoever does which part, and how much of it', async () => {
    await fc.assert(
      fc.asyncProperty(searchers, fc.nat(250), async (several, limit) => {
        expect(await searchRanges(several, { total, limit })).toEqual(found(0, total, limit));
      }),
      { numRuns: 100 },
    );
  });

  it('tells how far it is, and ends with all of it', async () => {
    const heard: number[] = [];
    const onProgress = ({ decided }: { readonly decided: number }) => heard.push(decided);
    await searchRanges([searcher([0.5], 0), searcher([1], 2)], { total, limit: 0, onProgress });
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    expect(heard.at(-1)).toBe(total);
  });

  it('has work for one searcher in a small space, and for more in a larger one', () => {
    expect([1, 12, 811_008, total].map(mostSearchers)).toEqual([1, 1, 2, 39]);
  });
});
