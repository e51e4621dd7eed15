import { encodeAll } from './codes.js';

/** The largest value of E4m3. */
const largestE4m3 = 448;

/** Channels that share a DeepSeek scale; of weights, rows too. */
export const scaleBlock = 128;

/** A matrix in E4m3, with the scales that its values were divided by. */
export interface Quantised {
  /** Codes [rows, columns]. */
  readonly codes: Uint8Array;
  /** [rows / block rows, columns / 128]. */
  readonly scales: Float32Array;
}

/**
 * Quantises a matrix as DeepSeek's FP8 does: every block of so many rows and 128 columns is divided by the scale that makes
 * its largest value 448, which is E4m3's. A block of zeros has the scale 1.
 * @param values [rows, columns]; divided in place
 * @param blockRows 1 for activations, 128 for weights
 */
export function quantise(values: Float32Array, columns: number, blockRows: number): Quantised {
  const rows = values.length / columns;
  const blocks = columns / scaleBlock;
  const scales = new Float32Array((rows / blockRows) * blocks);
  for (let index = 0; index < scales.length; index++) {
    const firstRow = Math.floor(index / blocks) * blockRows;
    const firstColumn = (index % blocks) * scaleBlock;
    const parts = Array.from({ length: blockRows }, (_, row) => {
      const at = (firstRow + row) * columns + firstColumn;
      return values.subarray(at, at + scaleBlock);
    });
    const largest = parts.reduce((most, part) => Math.max(most, largestOf(part)), 0);
    const scale = largest === 0 ? 1 : Math.fround(largest / largestE4m3);
    for (const part of parts) for (let i = 0; i < part.length; i++) part[i] = (part[i] ?? 0) / scale;
    scales[index] = scale;
  }
  const codes = new Uint8Array(values.length);
  encodeAll('E4m3', values, codes);
  return { codes, scales };
}

/** The largest magnitude of some values. */
export function largestOf(values: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  return largest;
}
