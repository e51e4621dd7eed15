import { createCheckerSync, ctaTables } from '@gemm-preflight/checker-wasm';
import { type BatchedGemmOptions, ruleSetNames, ruleSets } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastWaveTiles, type OutputGrid, outputGrid, tileAt, wavesOf } from '../src/pictures/output-grid.js';
import { memoryParts } from '../src/pictures/shared-memory.js';
import { asOptions, firstOptions } from '../src/state/options.js';

const checker = createCheckerSync();
const sound = asOptions(firstOptions);

const configuration = fc
  .record({
    batchM: fc.boolean(),
    tokens: fc.array(fc.nat(70), { minLength: 1, maxLength: 9 }),
    tile: fc.constantFrom(8, 16, 32),
    hidden: fc.integer({ min: 1, max: 900 }),
    slices: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ batchM, tokens, tile, hidden, slices }): BatchedGemmOptions => {
    const ofTokens = batchM
      ? { batchedM: tokens, tileM: tile, n: hidden }
      : { batchedN: tokens, tileN: tile, m: hidden };
    return { ...sound, batchM, batchedM: [], batchedN: [], ...ofTokens, projGateNumSplitKSlices: slices };
  });

function gridOf(o: BatchedGemmOptions): OutputGrid {
  const grid = outputGrid(o);
  if (grid === undefined) throw new Error('no grid');
  return grid;
}

describe('the output grid', () => {
  it('has the CTAs of the launch', () => {
    fc.assert(
      fc.property(configuration, (o) => {
        const { launch } = checker.check(o, 'b200');
        const grid = outputGrid(o);
        if (launch === null || grid === undefined) return;
        const { x, y, z } = launch.grid;
        expect(grid.ctas).toBe(x * y * z);
      }),
    );
  });

  it('puts experts and their tokens where the CTA tables have them', () => {
    fc.assert(
      fc.property(configuration, (o) => {
        const tokens = o.batchM ? o.batchedM : o.batchedN;
        fc.pre(tokens.some((count) => count > 0));
        const grid = gridOf(o);
        const tables = ctaTables(tokens, grid.tokenTile);
        expect(grid.tokenTiles * grid.tokenTile).toBe(tables.totalNumPaddedTokens);
        const waves = wavesOf(grid.ctas, 7);
        for (const [cta, expert] of tables.ctaIdxXyToBatchIdx.entries()) {
          const limit = tables.ctaIdxXyToMnLimit[cta] ?? 0;
          expect(tileAt(grid, waves, cta, 0)).toMatchObject({ expert, tokens: limit - cta * grid.tokenTile });
        }
      }),
    );
  });

  it('marks as the last wave the CTAs that are left over, and none of others', () => {
    fc.assert(
      fc.property(configuration, fc.integer({ min: 1, max: 40 }), (o, numSms) => {
        fc.pre((o.batchM ? o.batchedM : o.batchedN).some((count) => count > 0));
        const grid = gridOf(o);
        const waves = wavesOf(grid.ctas, numSms);
        expect((waves.count - 1) * numSms + waves.last).toBe(grid.ctas);
        const marked = new Set<number>();
        for (const { token, hidden, tokens, hiddens } of lastWaveTiles(grid, waves)) {
          for (let i = 0; i < tokens; i++) {
            for (let j = 0; j < hiddens; j++)
              marked.add(tileAt(grid, waves, token + i, hidden + j)?.cta ?? -1);
          }
        }
        const perSlice = grid.tokenTiles * grid.hiddenTiles;
        const expected = waves.last === numSms ? 0 : Math.min(perSlice, waves.last);
        expect(marked.size).toBe(expected);
        for (const cta of marked) expect(cta).toBeGreaterThanOrEqual(perSlice - expected);
      }),
    );
  });

  it('is none where sizes make none', () => {
    expect(outputGrid({ ...sound, tileN: 0 })).toBeUndefined();
    expect(outputGrid({ ...sound, batchedN: [3, -1] })).toBeUndefined();
    expect(outputGrid({ ...sound, batchedN: [0, 0] })).toBeUndefined();
  });
});

describe('the bar of shared memory', () => {
  it.each(ruleSetNames)('has every byte that %s lays out, and C0 over A and B where it is', (ruleSet) => {
    fc.assert(
      fc.property(
        fc.record({
          numStages: fc.integer({ min: 1, max: 6 }),
          tileN: fc.constantFrom(8, 16, 64),
          useDeepSeekFp8: fc.boolean(),
          numSlicesForSplitK: fc.constantFrom(1, 2),
        }),
        (varied) => {
          const slices = varied.numSlicesForSplitK;
          const { sharedMemory, options } = checker.check(
            { ...sound, ...varied, clusterDimZ: slices },
            'b200',
          );
          if (sharedMemory === null) return;
          const parts = memoryParts(options, sharedMemory, ruleSet);
          const chunks = ruleSets[ruleSet].sharedMemory(options);
          const bytesOf = (chunk: string) =>
            parts.filter((part) => part.chunk === chunk).reduce((sum, { bytes }) => sum + bytes, 0);
          expect(bytesOf('A')).toBe(chunks.loadA);
          expect(bytesOf('B')).toBe(chunks.loadB);
          expect(bytesOf('C0')).toBe(chunks.gmemC0);
          expect(bytesOf('C1')).toBe(chunks.gmemC1);
          expect(bytesOf(chunks.last)).toBe(chunks.rowMax);
          expect(parts.some(({ over }) => over)).toBe(chunks.c0OverStages);
        },
      ),
    );
  });
});
