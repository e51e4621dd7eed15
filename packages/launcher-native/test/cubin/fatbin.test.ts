import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CubinError, isFatbin, readCubin, readFatbin, unpackMember } from '../../src/cubin/index.js';
import { hasZstd } from '../../src/cubin/zstd.js';
import { cuda13Cubin, lz4Fatbin, patched, plainFatbin, zstdFatbin } from './fixtures.js';

/** The members' cubins and the lines of PTX, unpacked; a CubinError's message where there is one. */
function contents(bytes: Uint8Array): readonly unknown[] | string {
  try {
    return readFatbin(bytes).map((member) => {
      const unpacked = unpackMember(member);
      return member.kind === 'cubin' ? readCubin(unpacked).arch : new TextDecoder().decode(unpacked);
    });
  } catch (error) {
    if (error instanceof CubinError) return error.message;
    throw error;
  }
}

describe('a fatbin', () => {
  it('lists its members: cubins for two architectures, and PTX', () => {
    expect(isFatbin(plainFatbin)).toBe(true);
    expect(readFatbin(plainFatbin)).toMatchObject([
      { kind: 'cubin', smVersion: 90, compression: 'none' },
      { kind: 'cubin', smVersion: 80, compression: 'none' },
      { kind: 'ptx', smVersion: 90, compression: 'none' },
    ]);
    expect(contents(plainFatbin)).toEqual(['sm90a', 'sm80', expect.stringMatching(/\.target sm_90/)]);
  });

  it('gives back the cubin that was put in', () => {
    const member = readFatbin(lz4Fatbin)[0];
    expect(member).toMatchObject({
      kind: 'cubin',
      smVersion: 90,
      compression: 'lz4',
      bytes: cuda13Cubin.length,
    });
    expect(member && unpackMember(member)).toEqual(cuda13Cubin);
    expect(contents(lz4Fatbin)).toEqual(['sm90a', 'sm80']);
  });

  it(`compressed with zstd (${hasZstd ? 'this Node.js can' : 'this Node.js cannot'})`, () => {
    const members = readFatbin(zstdFatbin);
    expect(members).toMatchObject([
      { kind: 'cubin', smVersion: 90, compression: 'zstd', bytes: cuda13Cubin.length },
      { kind: 'cubin', smVersion: 80, compression: 'zstd' },
    ]);
    expect(contents(zstdFatbin)).toEqual(
      hasZstd
        ? ['sm90a', 'sm80']
        : 'a member is compressed with zstd, which Node.js knows from 22.15 on; ' +
            '"nvcc -fatbin --no-compress" makes fatbins without',
    );
  });

  it('may be followed by another one', () => {
    expect(readFatbin(Buffer.concat([plainFatbin, lz4Fatbin]))).toHaveLength(5);
  });

  it('is not any file', () => {
    expect(isFatbin(cuda13Cubin)).toBe(false);
    expect(isFatbin(new Uint8Array(3))).toBe(false);
    expect(contents(cuda13Cubin)).toBe('not a fatbin');
  });
});

describe('a damaged fatbin', () => {
  it('is refused when cut at any byte', () => {
    for (let length = 0; length < lz4Fatbin.length; length++) {
      expect(contents(lz4Fatbin.subarray(0, length))).toBeTypeOf('string');
    }
  });

  it('names the member that reaches past the end, and both positions', () => {
    expect(contents(patched(lz4Fatbin, { 26: 1 }))).toMatch(
      /^the fatbin ends at byte 3792 but the member at byte 16 reaches to byte 67\d\d\d$/,
    );
    expect(contents(patched(lz4Fatbin, { 20: 1 }))).toBe('the member at byte 16 has a header of 1 bytes');
  });

  it('cannot make a few bytes into many', () => {
    // 2 GiB, where LZ4 gives at most 255 bytes for one; and beyond what is decompressed at all.
    expect(contents(patched(lz4Fatbin, { 74: 0xff }))).toMatch(/damaged: 19\d\d bytes cannot give \d+$/);
    expect(contents(patched(lz4Fatbin, { 75: 0x7f }))).toMatch(
      /^a member of \d+ bytes: at most 268435456 are decompressed$/,
    );
  });

  it.each([
    ['plain', plainFatbin],
    ['LZ4', lz4Fatbin],
    ['zstd', zstdFatbin],
  ])('gives a CubinError or a result after any random damage: %s', (_, bytes) => {
    const offset = fc.oneof(fc.nat({ max: 96 }), fc.nat({ max: bytes.length - 1 }));
    const damage = fc.array(fc.tuple(offset, fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(damage, fc.nat({ max: bytes.length }), (changes, cut) => {
        const damaged = patched(bytes, Object.fromEntries(changes));
        contents(damaged);
        contents(damaged.subarray(0, cut));
      }),
      { numRuns: 500 },
    );
  });
});
