import { dtypeBits } from '../../dtype.js';
import type { BatchedGemmOptions } from '../../options.js';
import { align, type SharedMemoryChunks, stageChunks, tileBytes } from '../../shared-memory.js';

/**
 * The chunks of shared memory of these kernels in bytes, as the checker's module lays them out.
 * @param o options after adjustment
 */
export function sharedMemory(o: BatchedGemmOptions): SharedMemoryChunks {
  const { loadA, loadB } = stageChunks(o);
  const c0OverStages = o.splitK === 'Dsmem';
  const partial = o.allReduceAlgo === 'TwoShot' || o.numSlicesForSplitK > 1;
  const copies = c0OverStages ? o.numSlicesForSplitK : 1;
  const gmemC0 =
    o.useTmaStore || c0OverStages
      ? tileBytes(copies * o.epilogueTileM * o.epilogueTileN, dtypeBits(partial ? o.dtypeAcc : o.dtypeC))
      : 0;
  const gmemC1 = o.useDeepSeekFp8 ? gmemC0 : 0;
  const rowMax = o.useDeepSeekFp8 ? align((o.transposeMmaOutput ? o.tileM : o.tileN) * 4, 16) : 0;
  const stages = loadA + loadB;
  const total = (c0OverStages ? Math.max(stages, gmemC0) : stages + gmemC0) + gmemC1 + rowMax;
  return { loadA, loadB, gmemC0, gmemC1, rowMax, last: 'row maxima', c0OverStages, total };
}
