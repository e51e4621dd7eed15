import { dtypeBits } from '../../dtype.js';
import type { BatchedGemmOptions } from '../../options.js';
import { align, type SharedMemoryChunks, stageChunks, tileBytes } from '../../shared-memory.js';

/**
 * The chunks of shared memory of these kernels in bytes, as the checker's module lays them out: an epilogue tile for each of two
 * warpgroups, or the sums of a slice over the stages; and where tokens lie along n, their DeepSeek scales with each stage.
 * @param o options after adjustment
 */
export function sharedMemory(o: BatchedGemmOptions): SharedMemoryChunks {
  const { loadA, loadB } = stageChunks(o);
  const c0OverStages = o.numSlicesForSplitK > 1;
  const gmemC0 = c0OverStages
    ? tileBytes(o.tileM * o.tileN, 32)
    : tileBytes(2 * o.epilogueTileM * o.epilogueTileN, dtypeBits(o.dtypeC));
  const rowMax = o.useDeepSeekFp8 && !o.batchM ? align(o.numStages * o.tileN * 4, 16) : 0;
  const stages = loadA + loadB;
  const total = (c0OverStages ? Math.max(stages, gmemC0) : stages + gmemC0) + rowMax;
  return { loadA, loadB, gmemC0, gmemC1: 0, rowMax, last: 'token scales', c0OverStages, total };
}
