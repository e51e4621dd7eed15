import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileHarness, type Harness } from './harness/compile.js';

// Rules whose fault an earlier rule has always reported by the time they look, and the arithmetic below all rules:
// asked directly, through an AssemblyScript entry of the tests' own.

let harness: Harness;
beforeAll(async () => {
  harness = await compileHarness();
}, 60_000);

const sizes = {
  m: 256,
  n: 256,
  k: 256,
  tileM: 128,
  tileN: 128,
  tileK: 128,
  epilogueTileM: 64,
  epilogueTileN: 64,
};

describe.each([
  [
    'epilogueTileDividesTile',
    [{}, { epilogueTileM: 128 }, { epilogueTileN: 1 }],
    [{ epilogueTileM: 96 }, { epilogueTileN: 127 }, { epilogueTileM: 256 }],
  ],
  ['dsfp8KMultiple', [{}, { k: 128 }, { k: 0 }], [{ k: 255 }, { k: 1 }, { k: -1 }]],
  [
    'batchMSizesPositive',
    [{ batchM: true }, { batchM: true, n: 1, k: 1 }, { batchM: true, m: 0 }],
    [
      { batchM: true, n: 0 },
      { batchM: true, k: 0 },
      { batchM: true, n: -1, k: -1 },
    ],
  ],
  ['batchNSizesPositive', [{}, { m: 1, k: 1 }, { n: 0 }], [{ m: 0 }, { k: 0 }, { m: -1, k: -1 }]],
  [
    'batchMDivides',
    [{ batchM: true }, { batchM: true, m: 255 }],
    [
      { batchM: true, n: 255 },
      { batchM: true, k: 129 },
    ],
  ],
  ['batchNDivides', [{}, { n: 255 }], [{ m: 255 }, { k: 129 }]],
  [
    'dsfp8BatchMHiddenMultiple',
    [{ batchM: true }, { batchM: true, m: 255 }, { n: 255 }],
    [
      { batchM: true, n: 255 },
      { batchM: true, n: 1 },
    ],
  ],
  ['dsfp8BatchNHiddenMultiple', [{}, { n: 255 }, { batchM: true, m: 255 }], [{ m: 255 }, { m: 129 }]],
  [
    'dsfp8BatchKMultiple',
    [{}, { k: 128 }, { batchM: true }],
    [{ k: 255 }, { k: 1 }, { batchM: true, k: 255 }],
  ],
] as const)('%s', (rule, satisfied, violated) => {
  it.each(satisfied.map((change) => [JSON.stringify(change), change] as const))(
    'is satisfied by %s',
    (_, change) => {
      harness.setOptions({ ...sizes, ...change });
      expect(harness[rule]()).toBe(0);
    },
  );

  it.each(violated.map((change) => [JSON.stringify(change), change] as const))(
    'is violated by %s',
    (_, change) => {
      harness.setOptions({ ...sizes, ...change });
      expect(harness[rule]()).toBe(1);
    },
  );
});

describe('a rule with several causes', () => {
  const size = fc.oneof(
    fc.integer({ min: -2, max: 600 }),
    fc.constantFrom(128, 256, 2 ** 31 - 1, -(2 ** 31)),
  );

  // Tiles below 1 are an error of their own; these rules then see 1 in their place.
  const tile = size.map((value) => Math.max(1, value));

  it('is violated exactly where there is a cause', () => {
    fc.assert(
      fc.property(
        fc.record({
          batchM: fc.boolean(),
          transposeMmaOutput: fc.boolean(),
          useTmaStore: fc.boolean(),
          numSlicesForSplitK: fc.integer({ min: -1, max: 4 }),
          ...{ m: size, n: size, k: size, tileM: tile, tileN: tile, tileK: tile },
        }),
        (options) => {
          harness.setOptions(options);
          expect(harness.violatedRules()).toBe(harness.causedRules());
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('arithmetic', () => {
  const int32 = fc.oneof(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.constantFrom(0, 1, -1, 2, 2 ** 31 - 1, -(2 ** 31)),
    fc.integer({ min: -300, max: 300 }),
  );
  const positive = int32.map((value) => Math.max(1, value));
  const runs = { numRuns: 2000 };

  const power = fc.integer({ min: 0, max: 30 }).map((exponent) => 2 ** exponent);

  it('divides as C does', () => {
    fc.assert(
      fc.property(int32, positive, (a, b) => {
        expect(harness.leavesRest(a, b)).toBe(a % b !== 0 ? 1 : 0);
      }),
      runs,
    );
  });

  it('rounds up without wrapping', () => {
    fc.assert(
      fc.property(positive, positive, (value, step) => {
        const [v, s] = [BigInt(value), BigInt(step)];
        const steps = v / s + (v % s === 0n ? 0n : 1n);
        expect(harness.ceilDiv(v, s)).toBe(steps);
      }),
      runs,
    );
    fc.assert(
      fc.property(int32, power, (value, step) => {
        const rounded = harness.roundUp(value, step);
        expect(rounded % BigInt(step)).toBe(0n);
        expect(Number(rounded) - value).toBeGreaterThanOrEqual(0);
        expect(Number(rounded) - value).toBeLessThan(step);
      }),
      runs,
    );
  });

  it('finds least common multiples beyond 32 bits', () => {
    const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
    fc.assert(
      fc.property(positive, power, (a, b) => {
        const [x, y] = [BigInt(a), BigInt(b)];
        expect(harness.lcm(a, b)).toBe((x / gcd(x, y)) * y);
      }),
      runs,
    );
    expect(harness.lcm(192, 128)).toBe(384n);
  });

  it('knows which lists lie in the pool', () => {
    harness.memory.grow(1);
    expect(harness.setListPool(harness.HEAP.value, 100)).toBe(1);
    fc.assert(
      fc.property(int32, int32, (start, count) => {
        const inside = start >= 0 && count >= 0 && start + count <= 100;
        expect(harness.listInPool(start, count)).toBe(inside ? 1 : 0);
      }),
      runs,
    );
    for (const [start, count] of [
      [0, 100],
      [100, 0],
      [99, 1],
    ] as const) {
      expect(harness.listInPool(start, count)).toBe(1);
    }
    for (const [start, count] of [
      [0, 101],
      [101, 0],
      [1, 2 ** 31 - 1],
    ] as const) {
      expect(harness.listInPool(start, count)).toBe(0);
    }
  });
});
