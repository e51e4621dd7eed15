import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cubinProblem } from '../../src/driver/result/cubin-bounds.js';

const tiny = new Uint8Array(
  readFileSync(new URL('../cubin/fixtures/tiny.sm90a.cuda13.cubin', import.meta.url)),
);

/** A copy with a 64-bit number written at an offset. */
function with64(offset: number, value: bigint): Uint8Array {
  const copy = tiny.slice();
  new DataView(copy.buffer).setBigUint64(offset, value, true);
  return copy;
}

describe('bytes for a driver that is not told their length', () => {
  it('may be a whole cubin, with or without something behind it', () => {
    expect(cubinProblem(tiny)).toBeUndefined();
    expect(cubinProblem(Buffer.concat([tiny, Buffer.alloc(100)]))).toBeUndefined();
  });

  it('may not be a cubin that ends early', () => {
    fc.assert(
      fc.property(fc.nat(tiny.byteLength - 1), (length) => {
        expect(cubinProblem(tiny.subarray(0, length))).toEqual(expect.any(String));
      }),
    );
  });

  it('may not point past their end', () => {
    expect(cubinProblem(with64(40, 2n ** 64n - 8n))).toMatch(
      /^section headers ends at byte \d+ of \d+: truncated$/,
    );
    expect(cubinProblem(with64(32, 1n << 40n))).toMatch(/^program headers ends at byte/);
  });

  it('may not be for another machine or word size', () => {
    const x86 = tiny.slice();
    x86[18] = 62;
    expect(cubinProblem(x86)).toBe('ELF machine 62, not 190 (CUDA)');
    const narrow = tiny.slice();
    narrow[4] = 1;
    expect(cubinProblem(narrow)).toBe('no 64-bit ELF file');
  });

  it('may be anything at all without making the check itself fail', () => {
    const change = fc.tuple(fc.nat(tiny.byteLength - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const copy = tiny.slice();
        for (const [offset, value] of changes) copy[offset] = value;
        cubinProblem(copy);
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void cubinProblem(bytes)));
  });
});
