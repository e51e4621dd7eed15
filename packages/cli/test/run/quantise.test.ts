import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantise } from '../../src/run/quantise.js';
import { e4m3Values } from './e4m3.js';

const matrices = fc
  .record({
    blockRows: fc.constantFrom(1, 128),
    rowBlocks: fc.integer({ min: 1, max: 2 }),
    columnBlocks: fc.integer({ min: 1, max: 3 }),
    magnitudes: fc.array(fc.double({ min: -6, max: 6, noNaN: true }), { minLength: 6, maxLength: 6 }),
    seed: fc.integer({ min: 1, max: 10_000 }),
  })
  .map(({ blockRows, rowBlocks, columnBlocks, magnitudes, seed }) => {
    const [rows, columns] = [rowBlocks * blockRows, columnBlocks * 128];
    const values = Float32Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      const block = Math.floor(row / blockRows) * columnBlocks + Math.floor(column / 128);
      return Math.sin(i * seed) * 10 ** (magnitudes[block % 6] ?? 0);
    });
    return { values, columns, blockRows, columnBlocks };
  });

describe('quantise', () => {
  it('comes within half a step of E4m3 of every value, and uses the largest code in every block', () => {
    fc.assert(
      fc.property(matrices, ({ values, columns, blockRows, columnBlocks }) => {
        const { codes, scales } = quantise(values.slice(), columns, blockRows);
        const largest = new Float32Array(scales.length);
        values.forEach((value, i) => {
          const [row, column] = [Math.floor(i / columns), i % columns];
          const block = Math.floor(row / blockRows) * columnBlocks + Math.floor(column / 128);
          const scale = scales[block] ?? Number.NaN;
          const code = e4m3Values[codes[i] ?? 0] ?? Number.NaN;
          largest[block] = Math.max(largest[block] ?? 0, Math.abs(code));
          const step = Math.max(Math.abs(value) / 16, scale * 2 ** -10) * 1.0001;
          if (!(Math.abs(code * scale - value) <= step)) throw new Error(`${value} became ${code * scale}`);
        });
        expect([...largest].every((most) => most === 448)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('gives a block of zeros the scale 1', () => {
    const values = new Float32Array(256);
    values[130] = -896;
    const { codes, scales } = quantise(values, 256, 1);
    expect([...scales]).toEqual([1, 2]);
    expect([codes[0], codes[130]]).toEqual([0, 0xfe]);
  });
});
