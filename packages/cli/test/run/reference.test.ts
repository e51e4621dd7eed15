import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeByDefinition, type HostGemm, referenceGemm } from '../../src/run/reference.js';
import { e4m3Code, e4m3Values } from './e4m3.js';

const codes = (...values: readonly number[]) => Uint8Array.from(values, e4m3Code);

describe('the E4m3 values of the reference', () => {
  it('are those of the definition, for all 256 codes', () => {
    const all = Array.from({ length: 256 }, (_, code) => code);
    // Each code times 1, as a token of one channel and three zeros.
    const out = referenceGemm({
      dtype: 'E4m3',
      weights: codes(1, 0, 0, 0),
      tokens: Uint8Array.from(all.flatMap((code) => [code, 0, 0, 0])),
      tokensPerBatch: [256],
      rows: 1,
      k: 4,
      scale: 1,
    });
    expect([...out].map((value) => value + 0)).toEqual(e4m3Values.map((value) => value + 0));
  });

  it('in these tests are 0, the smallest, 1, the largest, and no number', () => {
    const values = [0x00, 0x01, 0x08, 0x38, 0x7e, 0x7f, 0x81, 0xfe].map((code) => e4m3Values[code]);
    expect(values).toEqual([0, 2 ** -9, 2 ** -6, 1, 448, Number.NaN, -(2 ** -9), -448]);
    expect(e4m3Values.length).toBe(256);
  });
});

describe('referenceGemm', () => {
  it('multiplies each batch’s tokens with its own weights', () => {
    const out = referenceGemm({
      dtype: 'E4m3',
      // 2 batches, 2 rows, 4 channels
      weights: codes(1, 0, 0, 0, 0, 2, 0, 0, /* second batch */ 0, 0, 4, 0, 0, 0, 0, 8),
      // 1 token for the first, 2 for the second
      tokens: codes(1, 2, 3, 4, /* second batch */ 5, 6, 7, 8, -1, -2, -3, -4),
      tokensPerBatch: [1, 2],
      rows: 2,
      k: 4,
      scale: 0.5,
    });
    expect([...out]).toEqual([0.5, 2, 14, 32, -6, -16]);
  });

  it('passes over the weights of batches without a token', () => {
    const out = referenceGemm({
      dtype: 'E4m3',
      weights: codes(448, 448, 448, 448, /* second batch */ 1, 1, 1, 1),
      tokens: codes(1, 2, 3, 4),
      tokensPerBatch: [0, 1, 0],
      rows: 1,
      k: 4,
      scale: 1,
    });
    expect([...out]).toEqual([10]);
  });

  it('is not a number where an input is none', () => {
    const gemm = { dtype: 'E4m3', tokensPerBatch: [1], rows: 1, k: 4, scale: 1 } as const;
    const tokens = Uint8Array.of(0x38, 0x38, 0x7f, 0x38);
    expect([...referenceGemm({ ...gemm, weights: codes(0, 0, 0, 0), tokens })]).toEqual([Number.NaN]);
  });

  it.each([1, 2, 3, 5, 6, 7, 130])('refuses k = %i, which 4 does not divide', (k) => {
    const gemm = {
      dtype: 'E4m3' as const,
      weights: new Uint8Array(k),
      tokens: new Uint8Array(k),
      tokensPerBatch: [1],
      rows: 1,
      scale: 1,
    };
    expect(() => referenceGemm({ ...gemm, k })).toThrow(RangeError);
    expect(() => referenceGemm({ ...gemm, k })).toThrow(`and k is ${k}`);
  });
});

/** A GEMM with random finite codes. */
const gemm: fc.Arbitrary<HostGemm> = fc
  .record({
    tokensPerBatch: fc.array(fc.nat(5), { minLength: 1, maxLength: 5 }),
    rows: fc.integer({ min: 1, max: 5 }),
    k: fc.integer({ min: 1, max: 24 }).map((quarter) => 4 * quarter),
    scale: fc.constantFrom(1, 0.125, -3),
    seeds: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  })
  .map(({ seeds, ...sizes }) => {
    const { tokensPerBatch, rows, k } = sizes;
    const finite = (i: number, step: number) => {
      const code = ((seeds[(i * step) % 64] ?? 0) + 31 * i) & 0xff;
      return (code & 0x7f) === 0x7f ? 0x40 : code;
    };
    const tokens = tokensPerBatch.reduce((sum, count) => sum + count, 0);
    return {
      dtype: 'E4m3' as const,
      ...sizes,
      weights: Uint8Array.from({ length: tokensPerBatch.length * rows * k }, (_, i) => finite(i, 1)),
      tokens: Uint8Array.from({ length: tokens * k }, (_, i) => finite(i, 3)),
    };
  });

/** The same in float64, and the sum of the magnitudes, which rounding errors are a part of. */
function naive({ weights, tokens, tokensPerBatch, rows, k, scale }: HostGemm) {
  const batchOf = tokensPerBatch.flatMap((count, batch) => Array<number>(count).fill(batch));
  return batchOf.flatMap((batch, token) =>
    Array.from({ length: rows }, (_, row) => {
      const products = Array.from({ length: k }, (_channel, i) => {
        const weight = e4m3Values[weights[(batch * rows + row) * k + i] ?? 0] ?? 0;
        return weight * (e4m3Values[tokens[token * k + i] ?? 0] ?? 0);
      });
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      return { value: scale * sum(products), magnitude: Math.abs(scale) * sum(products.map(Math.abs)) };
    }),
  );
}

describe('referenceGemm of any inputs', () => {
  it('agrees with a naive GEMM in float64, but for rounding in fp32', () => {
    fc.assert(
      fc.property(gemm, (given) => {
        const out = referenceGemm(given);
        const expected = naive(given);
        expect(out.length).toBe(expected.length);
        const wrong = expected.filter(
          ({ value, magnitude }, i) =>
            Math.abs((out[i] ?? Number.NaN) - value) > given.k * 2 ** -24 * magnitude,
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the 16-bit values of the reference', () => {
  it.each([
    ['Bfloat16', 0x3f80, 1],
    ['Bfloat16', 0xc049, -3.140625],
    ['Bfloat16', 0x0001, 2 ** -133],
    ['Bfloat16', 0x7f80, Number.POSITIVE_INFINITY],
    ['Bfloat16', 0xffff, Number.NaN],
    ['Fp16', 0x3c00, 1],
    ['Fp16', 0xc248, -3.140625],
    ['Fp16', 0x7bff, 65504],
    ['Fp16', 0x0001, 2 ** -24],
    ['Fp16', 0xfc00, Number.NEGATIVE_INFINITY],
    ['Fp16', 0xffff, Number.NaN],
  ] as const)('%s %i is %d', (dtype, code, value) => {
    const values = new Float32Array(1);
    decodeByDefinition(dtype, Uint16Array.of(code), values);
    expect(values[0]).toBe(value);
  });
});

describe('referenceGemm with block scales', () => {
  const blockScales = { weights: Float32Array.of(2, 3, 5, 7), tokens: Float32Array.of(1, 10, 100, 1000) };
  /** Two batches of 128 rows, k 256; a token each. All inputs are 1. */
  const ones: HostGemm = {
    dtype: 'E4m3',
    weights: new Uint8Array(2 * 128 * 256).fill(e4m3Code(1)),
    tokens: new Uint8Array(2 * 256).fill(e4m3Code(1)),
    tokensPerBatch: [1, 1],
    rows: 128,
    k: 256,
    scale: 12345,
    blockScales,
  };

  it('scales 128 products by the scale of the weights’ block and that of the token, and by nothing else', () => {
    const out = referenceGemm(ones);
    expect([out[0], out[127], out[128]]).toEqual([128 * 32, 128 * 32, 128 * 7500]);
  });

  it('refuses rows and a k that blocks of 128 do not divide', () => {
    expect(() => referenceGemm({ ...ones, rows: 64 })).toThrow('the weights of a batch are 64 × 256');
    expect(() => referenceGemm({ ...ones, k: 64 })).toThrow(RangeError);
  });
});
