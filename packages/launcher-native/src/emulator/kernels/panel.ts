import type { ElementType } from './element-types.js';

/** Elements of k that share a scale (DeepSeek FP8), and that are multiplied at a time. */
export const kBlock = 128;

/** Rows of `weights` and of `tokens` that the innermost loop takes at a time. */
export const weightsAtATime = 4;
export const tokensAtATime = 2;

/** Rows of a matrix, decoded and cut into blocks of k, with a scale for each row of each block. */
export interface Panel {
  /** Rows, and rows of zeros up to a multiple of what the innermost loop takes. */
  readonly rows: number;
  readonly kBlocks: number;
  /** [kBlocks, rows, kBlock]; zeros where k ends before its last block does. */
  readonly values: Float32Array;
  /** [kBlocks, rows]. */
  readonly scales: Float32Array;
}

function emptyPanel(rows: number, multiple: number, kBlocks: number): Panel {
  const padded = Math.ceil(rows / multiple) * multiple;
  return {
    rows: padded,
    kBlocks,
    values: new Float32Array(kBlocks * padded * kBlock),
    scales: new Float32Array(kBlocks * padded).fill(1),
  };
}

/** A panel of zeros for weights, with scales 1. */
export function emptyWeights(rows: number, kBlocks: number): Panel {
  return emptyPanel(rows, weightsAtATime, kBlocks);
}

/** A panel of zeros for tokens, with scales 1. */
export function emptyTokens(rows: number, kBlocks: number): Panel {
  return emptyPanel(rows, tokensAtATime, kBlocks);
}

/**
 * Decodes the beginning of a row into a panel. The rest of the row stays zero.
 * @param row - in the panel.
 * @param bytes - has the row's elements from byte `from` on, `columns` of them.
 */
export function fillRow(
  panel: Panel,
  row: number,
  { read, bytes: size }: ElementType,
  bytes: Uint8Array,
  from: number,
  columns: number,
): void {
  for (let column = 0; column < columns; column += kBlock) {
    const to = (column / kBlock) * panel.rows * kBlock + row * kBlock;
    read(bytes, from + column * size, Math.min(kBlock, columns - column), panel.values, to);
  }
}
