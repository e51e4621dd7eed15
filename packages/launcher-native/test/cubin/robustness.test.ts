import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CubinError, type CubinInfo, readCubin } from '../../src/cubin/index.js';
import { cuda12Cubin, cuda13Cubin, patched } from './fixtures.js';

/** The result, or the error's message; any other error fails the test. */
function outcome(bytes: Uint8Array): CubinInfo | string {
  try {
    return readCubin(bytes);
  } catch (error) {
    if (error instanceof CubinError) return error.message;
    throw error;
  }
}

describe.each([
  ['CUDA 13', cuda13Cubin],
  ['CUDA 12', cuda12Cubin],
])('a cubin of %s', (_, bytes) => {
  it('is refused when cut at any byte', () => {
    for (let length = 0; length < bytes.length; length++) {
      const result = outcome(bytes.subarray(0, length));
      if (typeof result !== 'string') expect.fail(`cut at byte ${length}, it is still read`);
      expect(result).not.toMatch('\n');
    }
  });

  it('gives a CubinError or a result after any single byte changed in its headers and descriptions', () => {
    // All of the file but code and constants, which are most of it and not read.
    const read = [...bytes.keys()].filter((offset) => offset < 0x840 || offset > bytes.length - 1800);
    for (const offset of read) {
      for (const value of [0, 0x7f, 0xff]) outcome(patched(bytes, { [offset]: value }));
    }
  });

  it('gives a CubinError or a result after any random damage', () => {
    const offset = fc.oneof(
      fc.nat({ max: 63 }),
      fc.nat({ max: bytes.length - 1 }),
      fc.integer({ min: bytes.length - 1800, max: bytes.length - 1 }),
    );
    const damage = fc.array(fc.tuple(offset, fc.nat({ max: 255 })), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(damage, fc.nat({ max: bytes.length }), (changes, cut) => {
        const damaged = patched(bytes, Object.fromEntries(changes));
        outcome(damaged);
        outcome(damaged.subarray(0, cut));
      }),
      { numRuns: 1500 },
    );
  });
});

it('reads any bytes at all without another error than CubinError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      outcome(bytes);
      outcome(new Uint8Array([...cuda13Cubin.subarray(0, 20), ...bytes]));
    }),
  );
});
