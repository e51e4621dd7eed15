import { createCheckerSync, optionsFor, planLaunch } from '@gemm-preflight/checker-wasm';
import type { Problem } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { drawData } from '../../src/run/gemm-data.js';
import { RandomBits } from '../../src/run/random-source.js';
import { kernel, tiny } from './tiny.js';

const checker = createCheckerSync();

const drawn = (change: Partial<Problem> = {}, seed = 1) => {
  const result = checker.check(optionsFor(kernel, { ...tiny, ...change }), 'h100');
  return drawData(planLaunch(kernel, result), new RandomBits(seed));
};

const areEqual = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe('drawData', () => {
  it('draws weights for every batch, and tokens without padding', () => {
    const { weights, tokens, ...rest } = drawn();
    expect([weights.length, tokens.length]).toEqual([4 * 128 * 256, 13 * 256]);
    expect(rest).toMatchObject({ tokensPerBatch: [3, 0, 9, 1], rows: 128, k: 256, scale: 1 / 16 });
  });

  it('pads the tokens with codes that stand for no number, so that reading one shows', () => {
    const { tokens, paddedTokens } = drawn();
    const row = (codes: Uint8Array, i: number) => codes.subarray(i * 256, (i + 1) * 256);
    // Batches of 3, 0, 9 and 1 tokens in tiles of 8 begin at the rows 0, 8, 8 and 24.
    const padded = [0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24];
    expect(paddedTokens.length).toBe(32 * 256);
    for (const [token, at] of padded.entries()) {
      expect(areEqual(row(paddedTokens, at), row(tokens, token)), `row ${at}`).toBe(true);
    }
    const others = Array.from({ length: 32 }, (_, i) => i).filter((i) => !padded.includes(i));
    for (const i of others)
      expect(
        row(paddedTokens, i).every((code) => code === 0x7f),
        `row ${i}`,
      ).toBe(true);
  });

  it('draws the same for the same seed, other data for another', () => {
    const [first, again, other] = [drawn({}, 5), drawn({}, 5), drawn({}, 6)];
    expect(areEqual(first.weights, again.weights) && areEqual(first.tokens, again.tokens)).toBe(true);
    expect(areEqual(first.weights, other.weights) || areEqual(first.tokens, other.tokens)).toBe(false);
    expect(areEqual(first.tokens, first.weights.subarray(0, first.tokens.length))).toBe(false);
  });

  it('scales so that outputs stay near 1, whatever k is', () => {
    expect(drawn({ k: 1024 }).scale).toBe(1 / 32);
    expect(drawn({ k: 384 }).scale).toBe(Math.fround(1 / Math.sqrt(384)));
  });
});
