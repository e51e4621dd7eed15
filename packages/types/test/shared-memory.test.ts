import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BatchedGemmOptions,
  describeChunks as describeLayout,
  kibibytes,
  ruleSets,
} from '../src/index.js';
import { exampleOptions } from './example.js';

describe('bytes in words', () => {
  it.each([
    [0, '0 bytes'],
    [512, '512 bytes'],
    [1023, '1023 bytes'],
    [1024, '1 KiB'],
    [48 * 1024, '48 KiB'],
    [350_720, '342.5 KiB'],
    // Row maxima come in steps of 16 bytes: a layout that is too large by one of them does not look as if it fitted.
    [227 * 1024, '227 KiB'],
    [227 * 1024 + 16, '227.016 KiB'],
    [2 ** 20, '1024 KiB'],
    [9_999 * 1024, '9999 KiB'],
    [10_000 * 1024, '9.766 MiB'],
    [2 ** 31, '2048 MiB'],
    [2 ** 95, '32768 YiB'],
  ])('%d are %s', (bytes, words) => {
    expect(kibibytes(bytes)).toBe(words);
  });

  it('never need an exponent, however large sizes of 32 bits make them', () => {
    const atMost = 2 ** 31 * 2 ** 31 * 2 ** 31 * 8;
    fc.assert(
      fc.property(fc.double({ min: 0, max: atMost, noNaN: true }), (bytes) => {
        expect(kibibytes(Math.floor(bytes))).toMatch(/^\d{1,5}(\.\d{1,3})? (bytes|[KMGTPEZY]iB)$/);
      }),
    );
  });

  it('in KiB name different sizes differently, where a chunk starts at a multiple of 16', () => {
    const size = fc.integer({ min: 1, max: (9_999 * 1024) / 16 }).map((step) => step * 16);
    fc.assert(
      fc.property(size, (bytes) => {
        expect(kibibytes(bytes)).not.toBe(kibibytes(bytes + 16));
      }),
    );
  });
});

describe('chunks in words', () => {
  const describeChunks = (o: BatchedGemmOptions) =>
    describeLayout(o, ruleSets['trtllm-gen@2025-03'].sharedMemory(o));

  it('have the bytes of a stage where every stage has as many', () => {
    expect(describeChunks({ ...exampleOptions, numStages: 3, tileM: 128, tileK: 128 })).toMatch(
      /^A 48 KiB \(16 KiB × 3 stages\), /,
    );
  });

  it('stay readable with the largest options there can be', () => {
    const most = 2 ** 31 - 1;
    const sizes = { numStages: most, tileM: most, tileN: most, tileK: most };
    const epilogue = { epilogueTileM: most, epilogueTileN: most };
    expect(describeChunks({ ...exampleOptions, ...sizes, ...epilogue })).toBe(
      'A 8192 YiB (4096 PiB × 2147483647 stages), B 8192 YiB (4096 PiB × 2147483647 stages), C0 8192 PiB',
    );
  });
});
