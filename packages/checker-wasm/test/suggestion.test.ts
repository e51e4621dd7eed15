import { suggestion } from '@gemm-preflight/checker-wasm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance } from '../src/suggestion.js';

describe('suggestion', () => {
  it('names what is near, and nothing that is not', () => {
    expect(suggestion('h10', ['h100', 'b200'])).toBe('; did you mean "h100"?');
    expect(suggestion('v100s', ['b200', 'h200'])).toBe('');
    expect(suggestion('h100', [])).toBe('');
  });

  it('prefers the name that differs in case alone', () => {
    expect(suggestion('H100', ['h200', 'h100'])).toBe('; did you mean "h100"?');
  });

  it('names the nearest, of two as near the first', () => {
    expect(suggestion('tileX', ['mmaM', 'tile', 'tileM'])).toBe('; did you mean "tile"?');
    expect(suggestion('tileMM', ['tileK', 'tileM', 'tileN'])).toBe('; did you mean "tileM"?');
  });

  it('takes no text for a slip of a name when a third of it is wrong', () => {
    expect(suggestion('abcxyz', ['abcdef'])).toBe('');
    expect(suggestion('abcdyz', ['abcdef'])).toBe('; did you mean "abcdef"?');
  });

  it('does not look for what is longer than any name', () => {
    const name = 'x'.repeat(101);
    expect(suggestion(name, [name])).toBe('');
    expect(suggestion('x'.repeat(100), ['x'.repeat(99)])).not.toBe('');
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['flaw', 'lawn', 2],
    ['tileM', 'tileM', 0],
    ['mmaM', 'mmaN', 1],
    ['ab', 'ba', 2],
  ])('of %j and %j is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });

  it('is a distance', () => {
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });

  it('grows by one at most for a character that is added, left out or replaced', () => {
    fc.assert(
      fc.property(text, text, fc.nat(12), fc.constantFrom('', 'a', 'd'), fc.nat(1), (a, b, at, put, gone) => {
        const edited = b.slice(0, at) + put + b.slice(at + gone);
        expect(Math.abs(editDistance(a, b) - editDistance(a, edited))).toBeLessThanOrEqual(1);
      }),
    );
  });
});
