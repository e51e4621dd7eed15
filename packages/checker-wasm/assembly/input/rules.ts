import { listInPool } from '../engine/memory';
import { NUM_ALL_REDUCE_ALGOS, NUM_DTYPES, NUM_SPLIT_K_MODES } from '../generated/dtypes';
import { Options } from '../generated/options';

/** A record holds a value that is no dtype, no mode, or no list in the pool. */
export function invalidInput(o: Options): bool {
  return (
    <u32>o.dtypeElt >= <u32>NUM_DTYPES ||
    <u32>o.dtypeC >= <u32>NUM_DTYPES ||
    <u32>o.dtypeAcc >= <u32>NUM_DTYPES ||
    <u32>o.allReduceAlgo >= <u32>NUM_ALL_REDUCE_ALGOS ||
    <u32>o.splitK >= <u32>NUM_SPLIT_K_MODES ||
    !listInPool(o.batchedMStart, o.batchedMCount) ||
    !listInPool(o.batchedNStart, o.batchedNCount)
  );
}

/** A tile, epilogue tile, MMA size, stage count or cluster dimension is below 1. */
export function tileSizesPositive(o: Options): bool {
  return (
    min(min(min(o.tileM, o.tileN), min(o.tileK, o.numStages)), min(o.epilogueTileM, o.epilogueTileN)) < 1 ||
    min(min(o.mmaM, o.mmaN), o.mmaK) < 1 ||
    min(min(o.clusterDimX, o.clusterDimY), o.clusterDimZ) < 1
  );
}
