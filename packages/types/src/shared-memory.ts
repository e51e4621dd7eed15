import { dtypeBits } from './dtype.js';
import type { BatchedGemmOptions } from './options.js';

/** Bytes of each chunk of a kernel's shared memory, padded to its alignment. */
export interface SharedMemoryChunks {
  readonly loadA: number;
  readonly loadB: number;
  readonly gmemC0: number;
  readonly gmemC1: number;
  readonly rowMax: number;
  /** C0 lies over A and B, which are done with by then: sums of slices in a cluster's shared memory. */
  readonly c0OverStages: boolean;
  readonly total: number;
}

/** TMA boxes and swizzled tiles start at multiples of this many bytes. */
const tileAlignment = 1024;

const align = (bytes: number, alignment: number) => Math.ceil(bytes / alignment) * alignment;

/**
 * The chunks of shared memory in bytes, as the checker's module lays them out.
 * @param o options after adjustment
 */
export function sharedMemoryChunks(o: BatchedGemmOptions): SharedMemoryChunks {
  const tile = (elements: number, bits: number) => align(Math.floor((elements * bits) / 8), tileAlignment);
  const loadA = tile(o.numStages * o.tileK * o.tileM, dtypeBits(o.dtypeElt));
  const loadB = tile(o.numStages * o.tileK * o.tileN, dtypeBits(o.dtypeElt));
  const c0OverStages = o.splitK === 'Dsmem';
  const partial = o.allReduceAlgo === 'TwoShot' || o.numSlicesForSplitK > 1;
  const copies = c0OverStages ? o.numSlicesForSplitK : 1;
  const gmemC0 =
    o.useTmaStore || c0OverStages
      ? tile(copies * o.epilogueTileM * o.epilogueTileN, dtypeBits(partial ? o.dtypeAcc : o.dtypeC))
      : 0;
  const gmemC1 = o.useDeepSeekFp8 ? gmemC0 : 0;
  const rowMax = o.useDeepSeekFp8 ? align((o.transposeMmaOutput ? o.tileM : o.tileN) * 4, 16) : 0;
  const stages = loadA + loadB;
  const total = (c0OverStages ? Math.max(stages, gmemC0) : stages + gmemC0) + gmemC1 + rowMax;
  return { loadA, loadB, gmemC0, gmemC1, rowMax, c0OverStages, total };
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
export function stagesThatFit(o: BatchedGemmOptions, bytes: number): number {
  return largest(o.numStages, (numStages) => sharedMemoryChunks({ ...o, numStages }).total <= bytes);
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
export function describeChunks(o: BatchedGemmOptions): string {
  const { loadA, loadB, gmemC0, gmemC1, rowMax, c0OverStages } = sharedMemoryChunks(o);
  const stages = (bytes: number) => {
    const count = `${o.numStages} stage${o.numStages === 1 ? '' : 's'}`;
    return Number.isInteger(bytes / o.numStages)
      ? `${kibibytes(bytes)} (${kibibytes(bytes / o.numStages)} × ${count})`
      : `${kibibytes(bytes)} (${count})`;
  };
  const parts = [
    `A ${stages(loadA)}`,
    `B ${stages(loadB)}`,
    gmemC0 > 0 && `C0 ${kibibytes(gmemC0)}${c0OverStages ? ' over A and B' : ''}`,
    gmemC1 > 0 && `C1 ${kibibytes(gmemC1)}`,
    rowMax > 0 && `row maxima ${kibibytes(rowMax)}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
