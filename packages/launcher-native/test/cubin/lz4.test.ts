import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CubinError } from '../../src/cubin/index.js';
import { decompressLz4 } from '../../src/cubin/lz4.js';

const text = (line: string): Uint8Array => new TextEncoder().encode(line);

// Blocks by hand, after the format's description: token (literals << 4 | match - 4), literals, distance, longer lengths.
describe('an LZ4 block', () => {
  it('of literals alone', () => {
    expect(decompressLz4(Uint8Array.of(0x30, 97, 98, 99), 3)).toEqual(text('abc'));
  });

  it('with a match that overlaps what it writes', () => {
    // "ab", then 4 + 3 bytes from 2 back, then "!".
    const block = Uint8Array.of(0x23, 97, 98, 2, 0, 0x10, 33);
    expect(decompressLz4(block, 10)).toEqual(text('abababababa'.slice(0, 9).concat('!')));
  });

  it('with lengths of more than 15', () => {
    const literals = new Uint8Array(15 + 255 + 3).fill(7);
    const block = Uint8Array.of(0xff, 255, 3, ...literals, 1, 0, 0, 0x00);
    const size = literals.length + 15 + 4;
    expect(decompressLz4(block, size)).toEqual(new Uint8Array(size).fill(7));
  });

  it.each([
    ['a distance of 0', [0x13, 97, 0, 0], 8, 'a match refers to byte 1'],
    ['a distance before the start', [0x13, 97, 9, 0], 8, 'a match refers to byte -8'],
    ['literals past its end', [0x50, 97], 5, 'its literals at byte 1 reach past its end'],
    ['more than was said', [0x30, 97, 98, 99], 2, 'it gives more than 2 bytes'],
    ['less than was said', [0x10, 97], 3, 'it gives 1 bytes, and the fatbin says 3'],
    ['an end in a sequence', [0x10, 97, 1], 9, 'it ends in the middle of a sequence, at byte 3'],
  ])('with %s is refused', (_, block, size, why) => {
    expect(() => decompressLz4(Uint8Array.from(block), size)).toThrow(
      new CubinError(`a member compressed with LZ4 is damaged: ${why}`),
    );
  });

  it('of any bytes gives a CubinError or as many bytes as were asked for', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 300 }), (block, size) => {
        try {
          expect(decompressLz4(block, size)).toHaveLength(size);
        } catch (error) {
          expect(error).toBeInstanceOf(CubinError);
        }
      }),
    );
  });
});
