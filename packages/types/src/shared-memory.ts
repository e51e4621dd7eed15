import { dtypeBits } from './dtype.js';
import type { BatchedGemmOptions } from './options.js';

/** Bytes of each chunk of a kernel's shared memory, padded to its alignment. */
export interface SharedMemoryChunks {
  readonly loadA: number;
  readonly loadB: number;
  readonly gmemC0: number;
  readonly gmemC1: number;
  readonly rowMax: number;
  /** What the last chunk holds. */
  readonly last: 'row maxima' | 'token scales';
  /** C0 lies over A and B, which are done with by then: sums of slices in a cluster's shared memory. */
  readonly c0OverStages: boolean;
  readonly total: number;
}

/** TMA boxes and swizzled tiles start at multiples of this many bytes. */
const tileAlignment = 1024;

/** The next multiple of a number of bytes. */
export const align = (bytes: number, alignment: number) => Math.ceil(bytes / alignment) * alignment;

/** What lays shared memory out: bytes by options after adjustment, as the checker's module has them. */
export type SharedMemoryOf = (o: BatchedGemmOptions) => SharedMemoryChunks;

/** Bytes of some elements, in whole tiles. */
export const tileBytes = (elements: number, bits: number) =>
  align(Math.floor((elements * bits) / 8), tileAlignment);

/** The pipeline's stages, of A and of B. */
export function stageChunks(o: BatchedGemmOptions): Pick<SharedMemoryChunks, 'loadA' | 'loadB'> {
  const stages = (tile: number) => tileBytes(o.numStages * o.tileK * tile, dtypeBits(o.dtypeElt));
  return { loadA: stages(o.tileM), loadB: stages(o.tileN) };
}

/** The largest number that satisfies what only small ones do, at most `high`; 0 where not even 1 does. */
function largest(high: number, fits: (value: number) => boolean): number {
  let [low, above] = [0, high + 1];
  while (above - low > 1) {
    const middle = Math.floor((low + above) / 2);
    if (fits(middle)) low = middle;
    else above = middle;
  }
  return low;
}

/** The most stages, not above those of the options, with which the chunks fit; 0 where not even one does. */
export function stagesThatFit(o: BatchedGemmOptions, layOut: SharedMemoryOf, bytes: number): number {
  return largest(o.numStages, (numStages) => layOut({ ...o, numStages }).total <= bytes);
}

/**
 * Bytes as people read and compare them: `48 KiB`, `342.5 KiB`; below one, `512 bytes`. Three decimals tell sizes apart that
 * are 16 bytes from each other, as chunks are. Absurd sizes have larger units, so that none needs an exponent.
 */
export function kibibytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  let scaled = bytes / 1024;
  let unit = 0;
  while (scaled >= 10_000 && unit < 7) {
    scaled /= 1024;
    unit++;
  }
  return `${Number(scaled.toFixed(3))} ${'KMGTPEZY'[unit]}iB`;
}

/** The chunks in words: `A 48 KiB (16 KiB × 3 stages), B 3 KiB (1 KiB × 3 stages), C0 1 KiB`. */
export function describeChunks({ numStages }: BatchedGemmOptions, chunks: SharedMemoryChunks): string {
  const { loadA, loadB, gmemC0, gmemC1, rowMax, last, c0OverStages } = chunks;
  const stages = (bytes: number) => {
    const count = `${numStages} stage${numStages === 1 ? '' : 's'}`;
    return Number.isInteger(bytes / numStages)
      ? `${kibibytes(bytes)} (${kibibytes(bytes / numStages)} × ${count})`
      : `${kibibytes(bytes)} (${count})`;
  };
  const parts = [
    `A ${stages(loadA)}`,
    `B ${stages(loadB)}`,
    gmemC0 > 0 && `C0 ${kibibytes(gmemC0)}${c0OverStages ? ' over A and B' : ''}`,
    gmemC1 > 0 && `C1 ${kibibytes(gmemC1)}`,
    rowMax > 0 && `${last} ${kibibytes(rowMax)}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
