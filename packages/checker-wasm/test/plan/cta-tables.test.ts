import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ctaTables, mostCtas, tokensOf, tokenTile } from '../../src/plan/cta-tables.js';
import { fp8, fp8BatchM } from '../configurations.js';

describe('ctaTables, worked out by hand', () => {
  it('starts every batch at a multiple of the tile, and ends each CTA at the tile or at the batch', () => {
    expect(ctaTables([3, 0, 9, 1, 16], 8)).toEqual({
      ctaIdxXyToBatchIdx: [0, 2, 2, 3, 4, 4],
      ctaIdxXyToMnLimit: [3, 16, 17, 25, 40, 48],
      totalNumPaddedTokens: 48,
      tokenOffsets: [0, 8, 8, 24, 32],
    });
  });

  it('gives a tile’s tokens one CTA, and one token more a second', () => {
    const batchesOf = (tokens: number) => ctaTables([tokens], 64).ctaIdxXyToBatchIdx;
    expect([1, 63, 64, 65, 128, 129].map((tokens) => batchesOf(tokens).length)).toEqual([1, 1, 1, 2, 2, 3]);
  });

  it('takes nothing for empty batches, wherever they stand', () => {
    expect(ctaTables([0, 5, 0, 0, 2, 0], 4)).toEqual({
      ctaIdxXyToBatchIdx: [1, 1, 4],
      ctaIdxXyToMnLimit: [4, 5, 10],
      totalNumPaddedTokens: 12,
      tokenOffsets: [0, 0, 8, 8, 8, 12],
    });
  });

  it.each([[[]], [[0, 0, 0]]])('has no CTA for the batches %j', (tokens) => {
    expect(ctaTables(tokens, 8)).toEqual({
      ctaIdxXyToBatchIdx: [],
      ctaIdxXyToMnLimit: [],
      totalNumPaddedTokens: 0,
      tokenOffsets: tokens,
    });
  });

  it('pads nothing with tiles of one token', () => {
    expect(ctaTables([2, 1], 1)).toEqual({
      ctaIdxXyToBatchIdx: [0, 0, 1],
      ctaIdxXyToMnLimit: [1, 2, 3],
      totalNumPaddedTokens: 3,
      tokenOffsets: [0, 2],
    });
  });
});

describe('ctaTables of any batches', () => {
  const batches = fc.array(fc.oneof(fc.constant(0), fc.nat(20), fc.nat(500)), { maxLength: 40 });
  const tile = fc.oneof(fc.constantFrom(1, 8, 16, 32, 64, 128), fc.integer({ min: 1, max: 200 }));
  const always = (property: (tokens: readonly number[], tile: number) => void) =>
    fc.assert(fc.property(batches, tile, property), { numRuns: 200 });

  it('puts each token of each batch into exactly one CTA, and no other token into any', () => {
    always((tokens, tile) => {
      const { ctaIdxXyToBatchIdx, ctaIdxXyToMnLimit, tokenOffsets } = ctaTables(tokens, tile);
      const taken = ctaIdxXyToBatchIdx.flatMap((batch, cta) => {
        const rows = [];
        for (let row = cta * tile; row < (ctaIdxXyToMnLimit[cta] ?? 0); row++) rows.push(`${batch}:${row}`);
        return rows;
      });
      const given = tokens.flatMap((count, batch) =>
        Array.from({ length: count }, (_, token) => `${batch}:${(tokenOffsets[batch] ?? 0) + token}`),
      );
      expect(taken).toEqual(given);
    });
  });

  it('starts each batch at a multiple of the tile, right behind the CTAs of those before it', () => {
    always((tokens, tile) => {
      let ctas = 0;
      const offsets = tokens.map((count) => {
        const offset = ctas * tile;
        ctas += Math.ceil(count / tile);
        return offset;
      });
      expect(ctaTables(tokens, tile).tokenOffsets).toEqual(offsets);
    });
  });

  it('has the limits of the specification: the end of the CTA, or of its batch', () => {
    always((tokens, tile) => {
      const limits: number[] = [];
      for (const count of tokens) {
        const c = limits.length;
        const q = Math.ceil(count / tile);
        for (let i = 0; i < q; i++) limits.push(Math.min((c + i + 1) * tile, c * tile + count));
      }
      expect(ctaTables(tokens, tile).ctaIdxXyToMnLimit).toEqual(limits);
    });
  });

  it('has as many padded tokens as the batches rounded up to the tile, one by one', () => {
    always((tokens, tile) => {
      const { totalNumPaddedTokens, ctaIdxXyToBatchIdx, ctaIdxXyToMnLimit } = ctaTables(tokens, tile);
      const padded = tokens
        .map((count) => Math.ceil(count / tile) * tile)
        .reduce((sum, rows) => sum + rows, 0);
      expect(totalNumPaddedTokens).toBe(padded);
      expect(ctaIdxXyToBatchIdx.length * tile).toBe(padded);
      expect(ctaIdxXyToMnLimit.length).toBe(ctaIdxXyToBatchIdx.length);
    });
  });

  it('has no CTA for an empty batch', () => {
    always((tokens, tile) => {
      const seen = new Set(ctaTables(tokens, tile).ctaIdxXyToBatchIdx);
      expect([...seen]).toEqual([...tokens.keys()].filter((batch) => tokens[batch] !== 0));
    });
  });
});

describe('ctaTables and the checker', () => {
  const checker = createCheckerSync();
  const batches = fc.array(fc.nat(500), { minLength: 1, maxLength: 40 });
  const tile = fc.constantFrom(8, 16, 32, 64, 128);

  it.each([
    ['n', 'y', fp8],
    ['m', 'x', fp8BatchM],
  ] as const)('have as many CTAs for tokens along %s as the grid along %s', (dimension, axis, base) => {
    fc.assert(
      fc.property(batches, tile, (tokens, tokenTileSize) => {
        const options =
          dimension === 'm'
            ? { ...base, batchedM: tokens, tileM: tokenTileSize, epilogueTileM: tokenTileSize, mmaM: 8 }
            : { ...base, batchedN: tokens, tileN: tokenTileSize, epilogueTileN: tokenTileSize };
        const { ok, launch, options: o } = checker.check(options, 'b200', { onlyRuleSet: true });
        expect(ok).toBe(true);
        expect(tokensOf(o)).toEqual(tokens);
        expect(tokenTile(o)).toBe(tokenTileSize);
        expect(ctaTables(tokens, tokenTileSize).ctaIdxXyToBatchIdx.length).toBe(launch?.grid[axis]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('mostCtas', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 12 });
  const tile = fc.integer({ min: 1, max: 24 });
  const ctasOf = (tokens: readonly number[], size: number) =>
    ctaTables(tokens, size).ctaIdxXyToBatchIdx.length;

  it('is never less than what the tokens take, however they fall', () => {
    fc.assert(
      fc.property(counts, tile, (tokens, size) => {
        const total = tokens.reduce((sum, count) => sum + count, 0);
        expect(ctasOf(tokens, size)).toBeLessThanOrEqual(mostCtas(total, tokens.length, size));
      }),
    );
  });

  it('is reached by one token in each batch, and the rest in one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 12 }),
        tile,
        (total, batches, size) => {
          const busy = Math.min(total, batches);
          const tokens = Array.from({ length: batches }, (_, i) =>
            i === 0 ? total - busy + 1 : i < busy ? 1 : 0,
          );
          expect(mostCtas(total, batches, size)).toBe(ctasOf(tokens, size));
        },
      ),
    );
  });
});
