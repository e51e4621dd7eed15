import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillCodes, RandomBits } from '../../src/run/random-source.js';
import { e4m3Values } from './e4m3.js';

const mask = 0xffff_ffffn;
const rotl = (x: bigint, by: bigint) => ((x << by) | (x >> (32n - by))) & mask;

/** xoshiro128** 1.1 as published (Blackman, Vigna; https://prng.di.unimi.it), in exact integers. */
function* xoshiro128(state: readonly bigint[]): Generator<number> {
  let [s0 = 0n, s1 = 0n, s2 = 0n, s3 = 0n] = state;
  for (;;) {
    yield Number((rotl((s1 * 5n) & mask, 7n) * 9n) & mask);
    const t = (s1 << 9n) & mask;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotl(s3, 11n);
  }
}

/** splitmix32: a Weyl sequence, mixed. */
function splitmix32(seed: number, count: number): readonly bigint[] {
  return Array.from({ length: count }, (_, i) => {
    let z = (BigInt(seed) + BigInt(i + 1) * 0x9e37_79b9n) & mask;
    z = ((z ^ (z >> 16n)) * 0x21f0_aaadn) & mask;
    z = ((z ^ (z >> 15n)) * 0x735a_2d97n) & mask;
    return z ^ (z >> 15n);
  });
}

const take = (numbers: Iterator<number>, count: number) =>
  Array.from({ length: count }, () => numbers.next().value as number);
const bits = (seed: number, count: number) => {
  const words = new Uint32Array(count);
  new RandomBits(seed).fill(words);
  return [...words];
};

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('RandomBits', () => {
  it('is held against the generator whose first outputs of the state 1, 2, 3, 4 are known', () => {
    expect(take(xoshiro128([1n, 2n, 3n, 4n]), 10)).toEqual([
      11_520, 0, 5_927_040, 70_819_200, 2_031_721_883, 1_637_235_492, 1_287_239_034, 3_734_860_849,
      3_729_100_597, 4_258_142_804,
    ]);
  });

  it('begins with known words and bits for the seed 0', () => {
    expect(splitmix32(0, 4).map(Number)).toEqual([
      1_684_164_658, 3_653_269_916, 2_939_563_536, 2_141_751_570,
    ]);
    expect(bits(0, 4)).toEqual([1_789_933_344, 44_971_166, 2_521_387_044, 3_848_737_593]);
  });

  it('is xoshiro128**, seeded through splitmix32, for any seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(bits(seed, 50)).toEqual(take(xoshiro128(splitmix32(seed, 4)), 50));
      }),
      { examples: [[0], [1], [2 ** 31], [2 ** 32 - 1]] },
    );
  });

  it('gives the same bits for the same seed, and others for another', () => {
    fc.assert(
      fc.property(seeds, seeds, (a, b) => {
        expect(bits(a, 8)).toEqual(bits(a, 8));
        if (a !== b) expect(bits(a, 8)).not.toEqual(bits(b, 8));
      }),
    );
  });

  it('goes on where it stopped, whether asked word by word or for many', () => {
    const random = new RandomBits(7);
    const pieces = [random.next(), random.next()];
    const words = new Uint32Array(5);
    random.fill(words);
    pieces.push(...words, random.next());
    expect(pieces).toEqual(bits(7, 8));
  });

  it('draws finite normal numbers of mean 0 and variance 1, a third of them beyond 1', () => {
    const random = new RandomBits(1);
    const numbers = Array.from({ length: 20_000 }, () => random.normal());
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
    expect(numbers.every(Number.isFinite)).toBe(true);
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    const beyond = numbers.filter((x) => Math.abs(x) > 1).length / numbers.length;
    expect(Math.abs(beyond - 0.3173)).toBeLessThan(0.02);
  });
});

describe('fillE4m3', () => {
  const codesOf = (seed: number, length: number) => {
    const codes = new Uint8Array(length);
    fillCodes('E4m3', codes, new RandomBits(seed));
    return codes;
  };
  const many = codesOf(3, 200_000);
  const values = [...many].map((code) => e4m3Values[code] ?? Number.NaN);

  it('draws values of mean 0 and variance 1', () => {
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('draws both signs alike, and most values of every size up to 2', () => {
    const negative = values.filter((x) => x < 0).length / values.length;
    expect(Math.abs(negative - 0.5)).toBeLessThan(0.01);
    expect(new Set(many.filter((code) => (code & 0x7f) >= 0x20 && (code & 0x7f) <= 0x40)).size).toBe(66);
  });

  it('draws no code that stands for no number', () => {
    expect(many.some((code) => (code & 0x7f) === 0x7f)).toBe(false);
  });

  it('gives the same codes for the same seed, and others for another', () => {
    expect(codesOf(5, 1000)).toEqual(codesOf(5, 1000));
    expect(codesOf(5, 1000)).not.toEqual(codesOf(6, 1000));
  });

  it('goes on with other codes from the same source', () => {
    const random = new RandomBits(5);
    const [first, second] = [new Uint8Array(1000), new Uint8Array(1000)];
    fillCodes('E4m3', first, random);
    fillCodes('E4m3', second, random);
    expect(first).toEqual(codesOf(5, 1000));
    expect(second).not.toEqual(first);
  });

  const more = codesOf(9, 70_000);

  it.each([0, 1, 3, 32_767, 32_768, 32_769, 65_537])('fills %i codes as it begins to fill more', (length) => {
    expect(Buffer.compare(codesOf(9, length), more.subarray(0, length))).toBe(0);
  });

  it('fills a part of an array, and nothing beside it', () => {
    const codes = new Uint8Array(103).fill(0x7f);
    fillCodes('E4m3', codes.subarray(1, 102), new RandomBits(5));
    expect(codes.subarray(1, 102)).toEqual(codesOf(5, 101));
    expect([codes[0], codes[102]]).toEqual([0x7f, 0x7f]);
  });
});
