import { type BatchedGemmOptions, dtypeBits } from '@gemm-preflight/types';
import { ParamsError } from './params-block.js';

/** @param what - says what was divided, for an error alone */
function wholeQuotient(dividend: number, divisor: number, what: () => string): number {
  const quotient = dividend / divisor;
  if (!Number.isInteger(quotient))
    throw new ParamsError(`${what()}: ${dividend} / ${divisor} is not a whole number`);
  return quotient;
}

/** Bytes from one row of A or B to the next: k elements. The same for both, since both are k-contiguous and of one type. */
export function operandStrideBytes({ k, dtypeElt }: BatchedGemmOptions): number {
  return wholeQuotient(k * dtypeBits(dtypeElt), 8, () => `a row of ${k} ${dtypeElt} elements in bytes`);
}

/** The extent and the tile of the output dimension along which no tokens run: m if they run along n. */
export function weightDimension(options: BatchedGemmOptions): { readonly nm: number; readonly tile: number } {
  const { batchM, m, n, tileM, tileN } = options;
  return batchM ? { nm: n, tile: tileN } : { nm: m, tile: tileM };
}

/** Tiles from one expert's weights to the next one's. */
export function tileStridePerBatch(options: BatchedGemmOptions): number {
  const { nm, tile } = weightDimension(options);
  return wholeQuotient(nm, tile, () => `tiles of ${options.batchM ? 'n' : 'm'}`);
}
