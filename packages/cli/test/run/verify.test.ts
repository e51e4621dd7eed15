import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PaddedRows, scaleTolerance, tolerances, verify, verifyScales } from '../../src/run/verify.js';

// Batches of 1, 0 and 3 tokens in tiles of 2: rows 0, 2, 3 and 4 hold tokens, 1 and 5 padding. Two columns.
const padded: PaddedRows = { tokensPerBatch: [1, 0, 3], tokenOffsets: [0, 2, 2], rows: 6, columns: 2 };
const reference = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const right = Float32Array.of(1, 2, 0, 0, 3, 4, 5, 6, 7, 8, 0, 0);

/** The right output with some elements changed. */
const changed = (...changes: readonly (readonly [index: number, value: number])[]) => {
  const out = right.slice();
  for (const [index, value] of changes) out[index] = value;
  return out;
};

const verdict = (out: Float32Array, tolerance = tolerances.Bfloat16) =>
  verify(out, reference, padded, tolerance);

describe('verify', () => {
  it('lets the right output pass, without an error', () => {
    expect(verdict(right)).toEqual({
      ok: true,
      relativeError: 0,
      tolerance: tolerances.Bfloat16,
      faults: [],
    });
  });

  it('measures ‖out − ref‖ / ‖ref‖ over all tokens', () => {
    // Off by 3 and 4: √25 over √(1 + 4 + … + 64) = √204.
    const { ok, relativeError, faults } = verdict(changed([0, 4], [4, 7]));
    expect(relativeError).toBeCloseTo(5 / Math.sqrt(204), 12);
    expect({ ok, faults }).toEqual({ ok: false, faults: [] });
  });

  it('lets an error of just the tolerance pass, and no larger one', () => {
    const one: PaddedRows = { tokensPerBatch: [1], tokenOffsets: [0], rows: 1, columns: 1 };
    const errorOf = (value: number, tolerance: number) =>
      verify(Float32Array.of(value), Float32Array.of(2), one, tolerance);
    expect(errorOf(2.5, 0.25)).toMatchObject({ ok: true, relativeError: 0.25 });
    expect(errorOf(1.5, 0.25)).toMatchObject({ ok: true, relativeError: 0.25 });
    expect(errorOf(2.5, 0.2499)).toMatchObject({ ok: false, relativeError: 0.25 });
    expect(errorOf(2, 0)).toMatchObject({ ok: true, relativeError: 0 });
  });

  it.each([
    ['a wrong value', changed([9, 9])],
    ['a wrong sign', changed([4, -3])],
    ['a missing token', changed([8, 0], [9, 0])],
    ['two tokens in each other’s place', changed([4, 5], [5, 6], [6, 3], [7, 4])],
    ['twice the output', right.map((value) => 2 * value)],
    ['nothing but zeros', right.map(() => 0)],
    ['an infinite value', changed([5, Number.POSITIVE_INFINITY])],
  ])('does not let %s pass', (_, out) => {
    const { ok, relativeError, faults } = verdict(out);
    expect({ ok, faults }).toEqual({ ok: false, faults: [] });
    expect(relativeError).toBeGreaterThan(tolerances.Bfloat16);
  });

  it('does not let a single NaN pass, even where any error would', () => {
    const { ok, faults } = verdict(changed([4, Number.NaN]), Number.POSITIVE_INFINITY);
    expect(ok).toBe(false);
    expect(faults).toEqual(['1 outputs are not numbers: they were never written, or computed from garbage']);
  });

  it('does not let an unwritten row pass, which still holds what it was filled with', () => {
    const { ok, faults } = verdict(changed([8, Number.NaN], [9, Number.NaN]));
    expect(ok).toBe(false);
    expect(faults).toEqual(['2 outputs are not numbers: they were never written, or computed from garbage']);
  });

  it.each([
    ['a number', [[2, 1e-9]], 1],
    ['no number', [[3, Number.NaN]], 1],
    ['something in the last row', [[11, -1]], 1],
    [
      'something in both rows',
      [
        [2, 1],
        [3, 1],
        [10, 1],
      ],
      2,
    ],
  ] as const)('does not let padding pass that holds %s', (_, changes, rows) => {
    const { ok, relativeError, faults } = verdict(changed(...changes));
    expect({ ok, relativeError, faults }).toEqual({
      ok: false,
      relativeError: 0,
      faults: [`${rows} padding rows are not zero`],
    });
  });

  it('lets negative zeros in padding pass', () => {
    expect(verdict(changed([2, -0])).ok).toBe(true);
  });

  it('names both kinds of faults', () => {
    expect(verdict(changed([0, Number.NaN], [2, 1])).faults).toHaveLength(2);
  });

  it('does not let an output pass that is too short', () => {
    expect(verdict(right.subarray(0, 9)).ok).toBe(false);
  });
});

describe('the tolerance for Bfloat16', () => {
  /** Rounds to 8 significant bits, to nearest. */
  const toBfloat16 = (value: number): number => {
    const [bits = 0] = new Uint32Array(Float32Array.of(value).buffer);
    const rounded = Uint32Array.of(((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff_0000) >>> 0);
    return new Float32Array(rounded.buffer)[0] ?? 0;
  };
  const values = fc.array(fc.float({ noNaN: true, min: Math.fround(1e-6), max: 1000 }), {
    minLength: 1,
    maxLength: 50,
  });
  const rowOf = (columns: number): PaddedRows => ({
    tokensPerBatch: [1],
    tokenOffsets: [0],
    rows: 1,
    columns,
  });

  it('lets what rounding alone makes of the reference pass', () => {
    fc.assert(
      fc.property(values, (list) => {
        const exact = Float32Array.from(list);
        const rounded = exact.map(toBfloat16);
        expect(verify(rounded, exact, rowOf(exact.length), tolerances.Bfloat16).ok).toBe(true);
      }),
      // Halfway between two Bfloat16 numbers just above a power of two, where rounding takes most: almost 2^-8.
      { examples: [[[1 + 2 ** -8]]] },
    );
  });

  it('does not let outputs pass that are off by half a percent throughout', () => {
    fc.assert(
      fc.property(values, (list) => {
        const exact = Float32Array.from(list);
        const off = exact.map((value) => value * 1.005);
        expect(verify(off, exact, rowOf(exact.length), tolerances.Bfloat16).ok).toBe(false);
      }),
    );
  });
});

describe('verifyScales', () => {
  // Two tokens in tiles of two: batches of one token each.
  const layout: PaddedRows = { tokensPerBatch: [1, 1], tokenOffsets: [0, 2], rows: 4, columns: 256 };
  const reference = new Float32Array(2 * 256);
  reference[5] = -448;
  reference[130] = 896;
  // The second token is zero throughout.
  const right = Float32Array.of(1, 2, 1, 1, 1, 1, 1, 1);

  it('lets the scales of the largest of 128 channels pass, and 1 for zeros and padding', () => {
    expect(verifyScales(right, reference, layout)).toEqual([]);
  });

  it('lets what the order of summation makes of them pass, and no more', () => {
    const off = (by: number) => right.map((scale, i) => (i === 1 ? scale * (1 + by) : scale));
    expect(verifyScales(off(scaleTolerance * 0.9), reference, layout)).toEqual([]);
    const wrong = ['1 output scales are not those of their 128 channels'];
    expect(verifyScales(off(scaleTolerance * 1.1), reference, layout)).toEqual(wrong);
    expect(verifyScales(off(Number.NaN), reference, layout)).toEqual(wrong);
  });

  it('does not let padding pass whose scale is not 1', () => {
    const dirty = right.map((scale, i) => (i === 3 ? Number.NaN : scale));
    expect(verifyScales(dirty, reference, layout)).toEqual([
      '1 padding rows have output scales other than 1',
    ]);
  });
});
