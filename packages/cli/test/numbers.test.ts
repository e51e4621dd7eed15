import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grouped, percent } from '../src/formats/pretty/numbers.js';

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

describe('a share of a whole', () => {
  it.each([
    [0.231, '23 %'],
    [1.5, '150 %'],
    [8.5e22, 'over 1,000,000 %'],
  ])('%d is %s', (share, words) => {
    expect(percent(share)).toBe(words);
  });
});
