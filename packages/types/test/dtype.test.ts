import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Dtype,
  decodeDtype,
  dtypeBits,
  dtypeInfo,
  dtypeNames,
  dtypes,
  encodeDtype,
  isDtype,
} from '../src/index.js';

/** Written out by hand: bits of an element, and the manifest's code. */
const table: readonly (readonly [Dtype, bits: number, code: number])[] = [
  ['Bfloat16', 16, 0x00101000],
  ['Bool', 1, 0x00010101],
  ['E0m3', 4, 0x01100402],
  ['E2m1', 4, 0x01100403],
  ['E2m3', 6, 0x01100604],
  ['E3m2', 6, 0x01100605],
  ['E4m3', 8, 0x00100806],
  ['E5m2', 8, 0x00100807],
  ['Fp16', 16, 0x00101008],
  ['Fp32', 32, 0x00102009],
  ['Int8', 8, 0x0011080a],
  ['Int32', 32, 0x0011200b],
  ['Int64', 64, 0x0011400c],
  ['MxE2m1', 4, 0x0110040d],
  ['UE8m0', 8, 0x0000080e],
  ['UInt8', 8, 0x0001080f],
  ['UInt16', 16, 0x00011010],
  ['UInt32', 32, 0x00012011],
  ['UInt64', 64, 0x00014012],
  ['UInt128', 128, 0x00018013],
  ['Void', 0, 0x00100014],
];
const codes: ReadonlySet<number> = new Set(table.map(([, , code]) => code));

describe('data types', () => {
  it('are those of the manifests, in their order', () => {
    expect(dtypeNames).toEqual(table.map(([name]) => name));
    expect(dtypes.map(({ name }) => name)).toEqual(dtypeNames);
  });

  it.each(table)('%s has %i bits', (name, bits) => {
    expect(dtypeBits(name)).toBe(bits);
  });

  it('have their position as uid', () => {
    expect(dtypes.map(({ uid }) => uid)).toEqual(table.map((_, position) => position));
  });

  it('are recognised by their exact name', () => {
    for (const [name] of table) expect(isDtype(name)).toBe(true);
    for (const other of ['e4m3', 'E4M3', 'float8', '', 'toString', undefined, null, 6]) {
      expect(isDtype(other)).toBe(false);
    }
  });

  it('that are unknown are refused with the known ones', () => {
    expect(() => dtypeInfo('Fp8' as Dtype)).toThrow(
      new RangeError(`unknown dtype "Fp8"; known are ${dtypeNames.join(', ')}`),
    );
  });
});

describe('the encoding of data types', () => {
  it.each(table.map(([name, , code]) => ({ name, code, hex: code.toString(16).padStart(8, '0') })))(
    'of $name is 0x$hex',
    ({ name, code }) => {
      expect(encodeDtype(name)).toBe(code);
      expect(decodeDtype(code)).toBe(name);
    },
  );

  it('of E4m3 is the 0x00100806 of published manifests', () => {
    expect(encodeDtype('E4m3')).toBe(0x00100806);
    expect(decodeDtype(1050630)).toBe('E4m3');
  });

  it.each([
    ['E4m3 with 16 bits', 0x00101006],
    ['E4m3 without a sign', 0x00000806],
    ['E4m3 as an integer', 0x00110806],
    ['E4m3 with block scales', 0x01100806],
    ['E2m1 without block scales', 0x00100403],
    ['Bool with a sign', 0x00110101],
    ['UInt8 with a sign', 0x0011080f],
    ['bits that no part uses', 0x80100806],
    ['a uid behind the last', 0x00100815],
    ['a uid of 255', 0x001008ff],
    ['nothing', 0],
    ['no number', Number.NaN],
    ['a fraction', 0x00100806 + 0.5],
    ['more than 32 bits', 2 ** 32 + 0x00100806],
    ['a negative number', -1],
  ])('refuses %s', (_, code) => {
    expect(() => decodeDtype(code)).toThrow(RangeError);
  });

  it('names the code that it refuses, as eight hex digits', () => {
    expect(() => decodeDtype(0x806)).toThrow('0x00000806 encodes no known dtype');
    expect(() => decodeDtype(-1)).toThrow('0xffffffff encodes no known dtype');
  });

  it('decodes the codes of the table and no other number', () => {
    const oneBitOff = fc
      .tuple(fc.constantFrom(...codes), fc.nat(31))
      .map(([code, bit]) => (code ^ (1 << bit)) >>> 0);
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), oneBitOff), (code) => {
        if (codes.has(code)) expect(encodeDtype(decodeDtype(code))).toBe(code);
        else expect(() => decodeDtype(code)).toThrow(RangeError);
      }),
      { numRuns: 2000 },
    );
  });
});
