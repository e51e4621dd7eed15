import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { CubinError, type CubinInfo, readCubin } from '../../src/cubin/index.js';
import { cuda12Cubin, cuda13Cubin, patched } from './fixtures.js';

// A few thousand damaged files take their time where others compute.
vi.setConfig({ testTimeout: 60_000 });

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

describe('a cubin that was made to cost much', () => {
  /** Positions in the ELF header: of the section headers (64 bits), and their number (16 bits). */
  const [sectionHeaders, sectionCount] = [40, 60] as const;
  const count = (value: number) => ({ [sectionCount]: value & 0xff, [sectionCount + 1]: value >>> 8 });

  it('has too many sections', () => {
    const large = new Uint8Array(64 * 20_000 + cuda13Cubin.length);
    large.set(cuda13Cubin);
    expect(outcome(patched(large, count(20_000)))).toBe(
      'the file has 20000 sections: at most 16384 are read',
    );
  });

  it('has names that are longer than names', () => {
    // The section headers and all else stay; the first section's name lies in 20,000 bytes without an end.
    const at = cuda13Cubin.length;
    const large = new Uint8Array(at + 20_000).fill(0x61);
    large.set(cuda13Cubin);
    const view = new DataView(large.buffer);
    const headers = Number(view.getBigUint64(sectionHeaders, true));
    const names = headers + 64 * view.getUint16(62, true);
    view.setBigUint64(names + 24, BigInt(at), true);
    view.setBigUint64(names + 32, 20_000n, true);
    expect(outcome(large)).toBe('the name of section 0 has more than 8192 bytes');
  });

  it('has the same long attributes for every kernel', () => {
    const view = new DataView(cuda13Cubin.slice().buffer);
    const large = new Uint8Array(cuda13Cubin.length + 9 * 2 ** 20);
    large.set(cuda13Cubin);
    const headers = Number(view.getBigUint64(sectionHeaders, true));
    const changed = new DataView(large.buffer);
    for (let i = 0; i < view.getUint16(sectionCount, true); i++) {
      const header = headers + i * 64;
      if (view.getUint32(header + 4, true) === 0x7000_0000)
        changed.setBigUint64(header + 32, BigInt(9 * 2 ** 20), true);
    }
    expect(outcome(large)).toBe(
      `the file has ${3 * 9 * 2 ** 20} bytes of attributes: at most ${16 * 2 ** 20} are read`,
    );
  });
});
