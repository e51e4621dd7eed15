import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CubinError } from '../../src/cubin/index.js';
import { findImages } from '../../src/import/index.js';
import { cuda12Cubin, cuda13Cubin, lz4Fatbin, patched, plainFatbin } from '../cubin/fixtures.js';
import { asCArray } from './c-text.js';

const text = (source: string) => new TextEncoder().encode(source);
const placesOf = (bytes: Uint8Array) => findImages(bytes).images.map(({ place, kind }) => `${kind} ${place}`);

describe('device code is found', () => {
  it('in a cubin, which it is itself', () => {
    expect(findImages(cuda13Cubin)).toEqual({
      kind: 'cubin',
      images: [
        { place: '', kind: 'cubin', compression: 'none', size: cuda13Cubin.length, bytes: cuda13Cubin },
      ],
    });
  });

  it('in a fatbin: its members, of which PTX is not decompressed', () => {
    expect(placesOf(plainFatbin)).toEqual(['cubin member 1', 'cubin member 2', 'ptx member 3']);
    expect(findImages(plainFatbin).images[2]).toMatchObject({ smVersion: 90, size: 1440, bytes: undefined });
    expect(findImages(lz4Fatbin).images[0]?.bytes).toEqual(cuda13Cubin);
  });

  it('in the arrays of a source, and in fatbins there', () => {
    const source = `${asCArray('One', cuda13Cubin)}unsigned char other[] = {1, 2};\n${asCArray('Two', plainFatbin)}`;
    const file = findImages(text(source));
    expect(file).toMatchObject({ kind: 'source', source });
    expect(file.images[0]).toMatchObject({
      place: 'One_cubin_data in line 1',
      name: 'One',
      bytes: cuda13Cubin,
    });
    expect(file.images.slice(1).map(({ place, name }) => [place, name])).toEqual([
      [expect.stringMatching(/^Two_cubin_data in line \d+, member 1$/), 'Two_1'],
      [expect.stringMatching(/, member 2$/), 'Two_2'],
      [expect.stringMatching(/, member 3$/), 'Two_3'],
    ]);
  });

  it('up to a member that is damaged, and behind it', () => {
    // The first token: more literals than there are bytes.
    const long = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [80 + i, 0xff]));
    const damaged = patched(lz4Fatbin, long);
    const [first, second] = findImages(damaged).images;
    expect(first).toMatchObject({
      bytes: undefined,
      problem: expect.stringMatching(/^a member compressed with LZ4 is/),
    });
    expect(second?.problem).toBeUndefined();
  });

  it.each([
    ['nothing', new Uint8Array(), []],
    ['a source without any', text('int main() { return 0; }\n'), []],
  ])('not in %s', (_, bytes, images) => {
    expect(findImages(bytes).images).toEqual(images);
  });

  it.each([
    [
      'a picture',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0),
      'neither a cubin, nor a fatbin, nor a C source',
    ],
    ['text that is no UTF-8', Uint8Array.of(0x61, 0xff), 'neither a cubin, nor a fatbin, nor a C source'],
    [
      'what Git LFS leaves',
      text('version https://git-lfs.github.com/spec/v1\n'),
      'a pointer of Git LFS, and "git lfs pull" fetches the file',
    ],
  ])('%s is refused', (_, bytes, message) => {
    expect(() => findImages(bytes)).toThrow(new CubinError(message));
  });

  it('or a CubinError, in any file', () => {
    const start = fc.constantFrom(
      cuda12Cubin.subarray(0, 8),
      plainFatbin.subarray(0, 90),
      text('char a[] = {'),
      text(''),
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
        try {
          findImages(new Uint8Array([...head, ...tail]));
        } catch (error) {
          expect(error).toBeInstanceOf(CubinError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
