import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decode,
  decodeInto,
  decodeTable,
  encode,
  encodeInto,
  type FloatFormatName,
  maxFinite,
} from '../../src/emulator/number-formats.js';

const names: readonly FloatFormatName[] = ['E4m3', 'E5m2', 'Bfloat16', 'Fp16'];
const bitsOf = { E4m3: 8, E5m2: 8, Bfloat16: 16, Fp16: 16 } as const;
const saturates = { E4m3: true, E5m2: true, Bfloat16: false, Fp16: false } as const;

/** All finite non-negative codes with their values, ascending. */
function ladder(name: FloatFormatName): { code: number; value: number }[] {
  return Array.from({ length: 2 ** (bitsOf[name] - 1) }, (_, code) => ({
    code,
    value: decode(name, code),
  })).filter(({ value }) => Number.isFinite(value));
}

const ladders = new Map(names.map((name) => [name, ladder(name)]));

/** The nearest code by bisection over all codes, comparing distances in float64, where they are exact for float32 values. */
function nearestCode(name: FloatFormatName, value: number): number {
  const rungs = ladders.get(name) ?? [];
  const sign = value < 0 || Object.is(value, -0) ? 2 ** (bitsOf[name] - 1) : 0;
  const magnitude = Math.abs(value);
  let low = 0;
  let high = rungs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((rungs[middle]?.value ?? 0) <= magnitude) low = middle;
    else high = middle;
  }
  const below = rungs[low] ?? { code: 0, value: 0 };
  const above = rungs[high] ?? { code: 0, value: 0 };
  // Above the last rung the next one would be as far away as the one before it: from the middle on, that is overflow.
  if (magnitude > above.value) {
    const overflows = magnitude - above.value >= (above.value - below.value) / 2;
    return sign | (overflows && !saturates[name] ? above.code + 1 : above.code);
  }
  const toBelow = magnitude - below.value;
  const toAbove = above.value - magnitude;
  if (toBelow === toAbove) return sign | (below.code % 2 === 0 ? below.code : above.code);
  return sign | (toBelow < toAbove ? below.code : above.code);
}

const anyFloat32 = fc.float({ noNaN: true });

describe.each(names)('%s', (name) => {
  const codes = Array.from({ length: 2 ** bitsOf[name] }, (_, code) => code);

  it('gives every code back that it decodes to a number', () => {
    const changed = codes.filter((code) => {
      const value = decode(name, code);
      const saturated = saturates[name] && !Number.isFinite(value);
      return !Number.isNaN(value) && !saturated && encode(name, value) !== code;
    });
    expect(changed).toEqual([]);
  });

  it('decodes into float32 without rounding', () => {
    const rounded = codes.filter((code) => !Object.is(decode(name, code), Math.fround(decode(name, code))));
    expect(rounded).toEqual([]);
  });

  it('has a table that agrees with decoding one by one', () => {
    const table = decodeTable(name);
    expect(table.length).toBe(codes.length);
    expect(codes.filter((code) => !Object.is(table[code], decode(name, code)))).toEqual([]);
    expect(decodeTable(name)).toBe(table);
  });

  it('encodes any float32 as the nearest code, ties to even', () => {
    fc.assert(
      fc.property(anyFloat32, (value) => {
        if (Number.isFinite(value)) expect(encode(name, value)).toBe(nearestCode(name, value));
      }),
      { numRuns: 2000 },
    );
  });

  it('encodes values of the format’s own range as the nearest code', () => {
    const range = maxFinite(name) * 1.5;
    const inRange = fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -40, max: 0 }));
    fc.assert(
      fc.property(inRange, ([fraction, exponent]) => {
        const value = Math.fround(fraction * Math.min(range, 3e38) * 2 ** exponent);
        expect(encode(name, value)).toBe(nearestCode(name, value));
      }),
      { numRuns: 2000 },
    );
  });

  it('rounds the exact middle of neighbours to the even code, and its float32 neighbours away from it', () => {
    const rungs = ladders.get(name) ?? [];
    const wrong: string[] = [];
    const expectCode = (value: number, code: number): void => {
      if (encode(name, value) !== code) wrong.push(`${value} → ${encode(name, value)}, not ${code}`);
    };
    const oneUlp = (value: number, step: number): number => {
      const view = new DataView(new ArrayBuffer(4));
      view.setFloat32(0, value);
      view.setUint32(0, view.getUint32(0) + step);
      return view.getFloat32(0);
    };
    const signBit = 2 ** (bitsOf[name] - 1);
    for (let i = 0; i + 1 < rungs.length; i++) {
      const below = rungs[i];
      const above = rungs[i + 1];
      if (below === undefined || above === undefined) throw new Error('the ladder has a gap');
      const middle = (below.value + above.value) / 2;
      const even = below.code % 2 === 0 ? below.code : above.code;
      expectCode(middle, even);
      expectCode(-middle, even | signBit);
      expectCode(oneUlp(middle, -1), below.code);
      expectCode(oneUlp(middle, +1), above.code);
    }
    expect(wrong).toEqual([]);
  });

  it('keeps the sign of zero', () => {
    expect(encode(name, 0)).toBe(0);
    expect(encode(name, -0)).toBe(2 ** (bitsOf[name] - 1));
    expect(decode(name, 2 ** (bitsOf[name] - 1))).toBe(-0);
  });

  it('flushes what is at most half of the smallest subnormal to zero', () => {
    const smallest = decode(name, 1);
    expect(encode(name, smallest / 2)).toBe(0);
    expect(encode(name, smallest * 0.50001)).toBe(1);
    expect(encode(name, -smallest / 4)).toBe(2 ** (bitsOf[name] - 1));
    expect(encode(name, 2 ** -149)).toBe(0);
  });

  it('turns every NaN into the canonical one', () => {
    const nan = bitsOf[name] === 8 ? 0x7f : 0x7fff;
    expect(encode(name, Number.NaN)).toBe(nan);
    expect(decode(name, nan)).toBeNaN();
    expect(decode(name, nan | (2 ** (bitsOf[name] - 1)))).toBeNaN();
  });

  it('converts arrays as it converts numbers', () => {
    const floats = fc.array(fc.float(), { maxLength: 40 });
    fc.assert(
      fc.property(floats, (list) => {
        const values = Float32Array.from(list);
        const asCodes = bitsOf[name] === 8 ? new Uint8Array(list.length) : new Uint16Array(list.length);
        encodeInto(name, values, asCodes as Uint8Array & Uint16Array);
        expect([...asCodes]).toEqual(list.map((value) => encode(name, value)));
        const back = new Float32Array(list.length);
        decodeInto(name, asCodes as Uint8Array & Uint16Array, back);
        expect([...back]).toEqual([...asCodes].map((code) => decode(name, code)));
      }),
    );
  });
});

describe('overflow', () => {
  it.each([
    ['E4m3', 448, 0x7e],
    ['E5m2', 57344, 0x7b],
  ] as const)('saturates %s at %d', (name, max, code) => {
    expect(maxFinite(name)).toBe(max);
    for (const value of [max, max * 1.01, 1e30, Number.POSITIVE_INFINITY]) {
      expect(encode(name, value)).toBe(code);
      expect(encode(name, -value)).toBe(code | 0x80);
    }
  });

  it.each([
    ['Fp16', 65504, 65519.99, 65520, 0x7c00],
    ['Bfloat16', 255 * 2 ** 120, 255.49 * 2 ** 120, 255.5 * 2 ** 120, 0x7f80],
  ] as const)(
    'makes infinities of what rounds above the largest %s',
    (name, max, roundsDown, roundsUp, infinity) => {
      expect(maxFinite(name)).toBe(max);
      expect(encode(name, roundsDown)).toBe(infinity - 1);
      expect(encode(name, roundsUp)).toBe(infinity);
      expect(encode(name, Number.NEGATIVE_INFINITY)).toBe(infinity | 0x8000);
      expect(decode(name, infinity)).toBe(Number.POSITIVE_INFINITY);
    },
  );

  it('knows the infinities of E5m2, though nothing rounds to them', () => {
    expect(decode('E5m2', 0x7c)).toBe(Number.POSITIVE_INFINITY);
    expect(decode('E5m2', 0xfc)).toBe(Number.NEGATIVE_INFINITY);
    expect([0x7d, 0x7e, 0x7f, 0xff].map((code) => decode('E5m2', code))).toEqual([NaN, NaN, NaN, NaN]);
  });

  it('has no infinities in E4m3', () => {
    expect(decode('E4m3', 0x78)).toBe(256);
    expect([0x7f, 0xff].map((code) => decode('E4m3', code))).toEqual([NaN, NaN]);
  });
});

it('refuses arrays of different lengths', () => {
  expect(() => encodeInto('E4m3', new Float32Array(3), new Uint8Array(2))).toThrow(/3 numbers.*array of 2/);
  expect(() => decodeInto('Fp16', new Uint16Array(1), new Float32Array(2))).toThrow(RangeError);
});
