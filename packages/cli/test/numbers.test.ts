import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grouped } from '../src/formats/pretty/numbers.js';

describe('a number for people', () => {
  it('has its thousands apart, as English text has them', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: 0, max: 9999 })), (value) => {
        expect(grouped(value)).toBe(value.toLocaleString('en-US'));
      }),
    );
  });

  it('has all its digits, however large', () => {
    expect(grouped(2 ** 80)).toBe('1,208,925,819,614,629,174,706,176');
  });
});
