import { listInPool } from '../engine/memory';
import { NUM_ALL_REDUCE_ALGOS, NUM_DTYPES, NUM_SPLIT_K_MODES } from '../generated/dtypes';
import { Options } from '../generated/options';

/** A record holds a value that is no dtype, no mode, or no list in the pool. */
export function invalidInput(o: Options): bool {
  return (
    (<u32>o.dtypeElt >= <u32>NUM_DTYPES) |
    (<u32>o.dtypeC >= <u32>NUM_DTYPES) |
    (<u32>o.dtypeAcc >= <u32>NUM_DTYPES) |
    (<u32>o.allReduceAlgo >= <u32>NUM_ALL_REDUCE_ALGOS) |
    (<u32>o.splitK >= <u32>NUM_SPLIT_K_MODES) |
    !listInPool(o.batchedMStart, o.batchedMCount) |
    !listInPool(o.batchedNStart, o.batchedNCount)
  );
}

/** A tile, epilogue tile, MMA size, stage count or cluster dimension is below 1. */
export function tileSizesPositive(o: Options): bool {
  // A size below 1 is 0, and then 0 - 1 has its sign bit set, or has it set itself.
  const below =
    (o.tileM - 1) | (o.tileN - 1) | (o.tileK - 1) | (o.epilogueTileM - 1) | (o.epilogueTileN - 1) | (o.mmaM - 1) |
    (o.mmaN - 1) | (o.mmaK - 1) | (o.numStages - 1) | (o.clusterDimX - 1) | (o.clusterDimY - 1) | (o.clusterDimZ - 1);
  const negative =
    o.tileM | o.tileN | o.tileK | o.epilogueTileM | o.epilogueTileN | o.mmaM | o.mmaN | o.mmaK | o.numStages |
    o.clusterDimX | o.clusterDimY | o.clusterDimZ;
  return (below | negative) < 0;
}
