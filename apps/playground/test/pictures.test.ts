import { createCheckerSync, ctaTables } from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  type KernelInfo,
  ruleSetNames,
  ruleSets,
  targets,
} from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernelCost } from '../../../packages/checker-wasm/src/select/kernel-cost.js';
import { count, many, percent } from '../src/pictures/figure.js';
import {
  lastWaveTiles,
  type OutputGrid,
  outputGrid,
  tileAt,
  type Waves,
  wavesOf,
  wavesOfLaunch,
} from '../src/pictures/output-grid.js';
import { memoryParts } from '../src/pictures/shared-memory.js';
import { partsInWords, tileParts } from '../src/pictures/tile-parts.js';
import { tokenShares, wideExperts } from '../src/pictures/token-shares.js';
import { encodeLink } from '../src/state/link.js';
import { asOptions, firstOptions } from '../src/state/options.js';
import { firstState } from '../src/state/state.js';
import { chromiumExpected, inChromium, site } from './harness/opened.js';

const checker = createCheckerSync();
const sound = asOptions(firstOptions);
/** Waves do not depend on the kernel. */
const anyKernel = { sharedMemSize: 65536, threadsPerCta: 384 } as KernelInfo;

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

/** The numbers of the tiles that are drawn as the last wave. */
function markedBy(grid: OutputGrid, waves: Waves): ReadonlySet<number> {
  const marked = new Set<number>();
  for (const { token, hidden, tokens, hiddens } of lastWaveTiles(grid, waves)) {
    for (let i = 0; i < tokens; i++) {
      for (let j = 0; j < hiddens; j++)
        marked.add(tileAt(grid, waves, token + i, hidden + j)?.number ?? Number.NaN);
    }
  }
  return marked;
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
        const waves = wavesOf(grid, 7);
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
        const waves = wavesOf(grid, numSms);
        expect((waves.count - 1) * numSms + waves.last).toBe(grid.ctas);
        const marked = markedBy(grid, waves);
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

describe('the tiles of persistent CTAs', () => {
  const channels = 7168;
  const ofTokens = { batchedN: Array.from({ length: 15 }, () => 8), tileN: 8, m: channels };

  /** The waves of a configuration on an H100, and what they are of. */
  function persistent(changes: Partial<BatchedGemmOptions>) {
    const { options, launch } = checker.check({ ...sound, ...changes }, 'h100', {
      ruleSet: 'hopper-native@1',
    });
    if (launch?.persistentCtas === undefined) throw new Error('no persistent CTAs');
    const grid = gridOf(options);
    return { options, launch, grid, waves: wavesOfLaunch(grid, launch, targets.h100.numSms) };
  }
  const split = (slices: number) => ({ ...ofTokens, numSlicesForSplitK: slices, clusterDimZ: slices });

  it('are the tiles of all slices of k', () => {
    expect(persistent(split(1)).waves).toMatchObject({ tiles: 840, slices: 1, count: 7, last: 48 });
    expect(persistent(split(2)).waves).toMatchObject({ tiles: 1680, slices: 2, count: 13, last: 96 });
    expect(persistent(split(4)).waves).toMatchObject({ tiles: 3360, slices: 4, count: 26, last: 60 });
    expect(persistent({ ...split(4), projGateNumSplitKSlices: 4 }).waves.tiles).toBe(3360);
  });

  it('are worked on by whole clusters only', () => {
    const { grid, launch } = persistent(split(8));
    expect(wavesOfLaunch(grid, launch, 132)).toMatchObject({ numSms: 128, unusedSms: 4, count: 53 });
    expect(persistent(split(8)).waves.ctas).toBe(132 * 8);
  });

  const varied = fc
    .record({
      batchM: fc.boolean(),
      tokens: fc.array(fc.nat(600), { minLength: 1, maxLength: 6 }),
      tile: fc.constantFrom(8, 16, 128, 256),
      pairs: fc.integer({ min: 1, max: 30 }),
      clusterDimX: fc.constantFrom(1, 2),
      slices: fc.constantFrom(1, 2, 4),
    })
    .filter(({ tokens }) => tokens.some((count) => count > 0))
    .map(({ batchM, tokens, tile, pairs, clusterDimX, slices }) =>
      persistent({
        batchM,
        ...(batchM
          ? { batchedM: tokens, tileM: tile, n: pairs * 256, tileN: 128, clusterDimX }
          : {
              batchedN: tokens,
              tileN: tile,
              m: pairs * 256,
              ...{ numSlicesForSplitK: slices, clusterDimZ: slices },
            }),
      }),
    );

  it('take as many waves as the cost of a kernel says', () => {
    fc.assert(
      fc.property(varied, ({ options, launch, waves }) => {
        const { count, lastIdle } = kernelCost(anyKernel, options, launch, targets.h100).waves;
        expect(waves.count).toBe(count);
        expect(1 - waves.last / waves.numSms).toBeCloseTo(lastIdle, 12);
      }),
    );
  });

  it('are taken in the order of the kernels, and the last of that order are the last wave', () => {
    fc.assert(
      fc.property(varied, ({ options: o, grid, waves }) => {
        const marked: string[] = [];
        for (const one of lastWaveTiles(grid, waves)) {
          for (let i = 0; i < one.tokens; i++) {
            for (let j = 0; j < one.hiddens; j++) marked.push(`${one.token + i} ${one.hidden + j}`);
          }
        }
        const clustersAtATime = waves.numSms / (o.clusterDimX * o.clusterDimZ);
        const ofLast: string[] = [];
        for (const [index, tiles] of kernelOrder(o, grid).entries()) {
          const wave = Math.floor(index / clustersAtATime) + 1;
          for (const { token, hidden } of tiles) {
            expect(tileAt(grid, waves, token, hidden)).toMatchObject({ wave, lastWave: wave });
            if (wave === waves.count) ofLast.push(`${token} ${hidden}`);
          }
        }
        expect(marked.sort()).toEqual(waves.last === waves.numSms ? [] : ofLast.sort());
      }),
    );
  });
});

/** `Tiles::at` of the kernels for every index: the tiles that a cluster takes there. */
function kernelOrder(o: BatchedGemmOptions, { tokenTiles, hiddenTiles }: OutputGrid) {
  const together = o.batchM ? 1024 / o.tileM : 8;
  const pairs = hiddenTiles / o.clusterDimX;
  return Array.from({ length: tokenTiles * pairs }, (_, index) => {
    const perGroup = together * pairs;
    const firstCta = Math.floor(index / perGroup) * together;
    const height = Math.min(together, tokenTiles - firstCta);
    const inGroup = index % perGroup;
    return Array.from({ length: o.clusterDimX }, (_, rank) => ({
      token: firstCta + (inGroup % height),
      hidden: Math.floor(inGroup / height) * o.clusterDimX + rank,
    }));
  });
}

describe('experts that are too many to be told apart', () => {
  const tooMany = Array.from({ length: 256 }, (_, i) => (i * 7919) % 23);
  const grid = gridOf({ ...sound, batchedN: tooMany });

  it('are drawn in parts that hold all tiles and all tokens', () => {
    fc.assert(
      fc.property(configuration, fc.integer({ min: 1, max: 200 }), (o, mostParts) => {
        fc.pre((o.batchM ? o.batchedM : o.batchedN).some((tokens) => tokens > 0));
        const some = gridOf(o);
        const shares = tokenShares(some, mostParts);
        expect(shares.length).toBeLessThanOrEqual(mostParts);
        expect(shares.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(some.tokenTiles);
        const tokens = shares.reduce((sum, one) => sum + one.filled * one.tokens * some.tokenTile, 0);
        expect(tokens).toBeCloseTo(some.tokens, 6);
        for (const { filled } of shares) expect(filled).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('have no lines closer than asked for', () => {
    const lines = wideExperts(grid, 24).map(({ first }) => first);
    expect(lines.length).toBeLessThan(grid.experts.length);
    for (const [i, first] of lines.entries())
      expect(first - (lines[i - 1] ?? -24)).toBeGreaterThanOrEqual(24);
  });
});

describe('the parts of a tile', () => {
  it('are counted whole, and those that are not full are named', () => {
    const { mmas, epilogues, perEpilogue, steps } = tileParts({
      ...sound,
      ...{
        tileM: 100,
        tileN: 8,
        tileK: 128,
        epilogueTileM: 32,
        epilogueTileN: 8,
        mmaM: 64,
        mmaN: 8,
        mmaK: 32,
      },
    });
    expect(partsInWords(mmas, 'instruction')).toBe('2 instructions, not all of them full');
    expect(partsInWords(epilogues, 'part')).toBe('4 parts, not all of them full');
    expect(partsInWords(perEpilogue, 'MMA')).toBe('1 MMA, not full');
    expect(partsInWords(steps, 'step')).toBe('4 steps');
  });
});

describe('numbers in words', () => {
  it('do not say all or nothing of what is only nearly so', () => {
    expect(percent(1)).toBe('100 %');
    expect(percent(0)).toBe('0 %');
    expect(percent(0.99951)).toBe('> 99.9 %');
    expect(percent(0.9994)).toBe('99.9 %');
    expect(percent(0.0004)).toBe('< 0.1 %');
  });

  it('have one of something without an s', () => {
    expect(many(1, 'expert')).toBe('1 expert');
    expect(many(0, 'expert')).toBe('0 experts');
    expect(many(1680, 'tile')).toBe(`${count(1680)} tiles`);
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

describe.skipIf(!chromiumExpected)(`the pictures, ${inChromium}`, () => {
  const here = site();

  it('leave the numbers of what was tapped', async () => {
    const { page, close } = await here.open('', { hasTouch: true });
    for (const [picture, numbers] of [
      ['.grid-picture svg', /^CTA \d, wave 1: expert 0, 3 of 8 tokens/],
      ['.memory-bar', /^A stage 1: 16 KiB \(16,384 bytes\) from byte 0$/],
      ['.waves-picture', /^Wave 1: 148 CTAs, 0 of 148 SMs idle$/],
      ['.tile-level svg', /^Tile, m 128 × n 8: 2 epilogue tiles$/],
    ] as const) {
      await page
        .locator(picture)
        .first()
        .tap({ position: { x: 4, y: 4 } });
      await page.locator('.hover-line', { hasText: numbers }).waitFor();
    }
    await close();
  });

  it('stay while a field is empty, and say that they are those before', async () => {
    const { page, close } = await here.open();
    await page.locator('.figure').nth(3).waitFor();
    const height = () => page.locator('.pictures').evaluate((element) => element.clientHeight);
    const before = await height();
    await page.locator('#option-m').fill('');
    await page.getByText('These pictures are of those before').waitFor();
    expect(await height()).toBe(before);
    await page.locator('#option-m').fill('3584');
    await page.getByText('15 × 28 tiles').waitFor();
    expect(await page.locator('[data-past]').count()).toBe(0);
    await close();
  });

  it('draw 256 experts in shares, without a line for each', async () => {
    const batchedN = Array.from({ length: 256 }, (_, i) => (i * 7919) % 23);
    const options = { ...firstOptions, batchedN, numBatches: 256 };
    const { page, complaints, close } = await here.open(`#${await encodeLink({ ...firstState, options })}`);
    await page.getByText('filled in part').waitFor();
    expect(await page.locator('.expert-lines').getAttribute('d')).toBe('');
    expect(complaints).toEqual([]);
    await close();
  });
});
