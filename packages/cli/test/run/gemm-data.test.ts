import { createCheckerSync, optionsFor, planLaunch } from '@gemm-preflight/checker-wasm';
import type { Problem } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { bytesOf, type Codes } from '../../src/run/codes.js';
import { drawData, isDrawable } from '../../src/run/gemm-data.js';
import { RandomBits } from '../../src/run/random-source.js';
import { decodeByDefinition } from '../../src/run/reference.js';
import { kernel, tiny } from './tiny.js';

const checker = createCheckerSync();

const drawn = (change: Partial<Problem> = {}, seed = 1) => {
  const result = checker.check(optionsFor(kernel, { ...tiny, ...change }), 'h100');
  return drawData(planLaunch(kernel, result), new RandomBits(seed));
};

const areEqual = (a: Codes, b: Codes) => Buffer.compare(bytesOf(a), bytesOf(b)) === 0;

describe('drawData', () => {
  it('draws weights for every batch, and tokens without padding', () => {
    const { weights, tokens, ...rest } = drawn();
    expect([weights.length, tokens.length]).toEqual([4 * 128 * 256, 13 * 256]);
    expect(rest).toMatchObject({ tokensPerBatch: [3, 0, 9, 1], rows: 128, k: 256, scale: 1 / 16 });
  });

  it('pads the tokens with codes that stand for no number, so that reading one shows', () => {
    const { tokens, inputs } = drawn();
    const paddedTokens = inputs.get('b') ?? new Uint8Array();
    const row = (codes: Codes, i: number) => codes.subarray(i * 256, (i + 1) * 256);
    // Batches of 3, 0, 9 and 1 tokens in tiles of 8 begin at the rows 0, 8, 8 and 24.
    const padded = [0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24];
    expect(paddedTokens.length).toBe(32 * 256);
    for (const [token, at] of padded.entries()) {
      expect(areEqual(row(paddedTokens, at), row(tokens, token)), `row ${at}`).toBe(true);
    }
    const others = Array.from({ length: 32 }, (_, i) => i).filter((i) => !padded.includes(i));
    for (const i of others)
      expect(
        row(paddedTokens, i).every((code) => code === 0xff),
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

describe('drawData of other types', () => {
  it.each(['Bfloat16', 'Fp16'] as const)(
    'draws %s of about 1, and words that are no numbers for padding',
    (dtype) => {
      const plan = planLaunch(kernel, checker.check(optionsFor(kernel, tiny), 'h100'));
      const options = { ...plan.options, dtypeElt: dtype };
      const { inputs, weights, dtype: drawn } = drawData({ ...plan, options }, new RandomBits(1));
      expect([drawn, weights.length, inputs.get('b')?.length]).toEqual([dtype, 4 * 128 * 256, 32 * 256 * 2]);
      const values = new Float32Array(weights.length);
      decodeByDefinition(dtype, weights, values);
      const variance = values.reduce((sum, x) => sum + x ** 2, 0) / values.length;
      expect(Math.abs(variance - 1)).toBeLessThan(0.05);
      const padding = new Uint16Array(
        inputs.get('b')?.slice(3 * 256 * 2, 4 * 256 * 2).buffer ?? new ArrayBuffer(),
      );
      const read = new Float32Array(padding.length);
      decodeByDefinition(dtype, padding, read);
      expect(read.length > 0 && read.every(Number.isNaN)).toBe(true);
    },
  );

  it('draws none for types that it cannot read', () => {
    const plan = planLaunch(kernel, checker.check(optionsFor(kernel, tiny), 'h100'));
    const options = { ...plan.options, dtypeElt: 'E2m1' } as const;
    expect(isDrawable(options)).toBe(false);
    expect(isDrawable({ ...plan.options, dtypeElt: 'Fp16', useDeepSeekFp8: true })).toBe(false);
    expect(() => drawData({ ...plan, options }, new RandomBits(1))).toThrow(
      'no data is drawn for E2m1 and Bfloat16',
    );
  });
});
