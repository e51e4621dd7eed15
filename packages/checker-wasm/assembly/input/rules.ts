import { listInPool } from '../engine/memory';
import { NUM_ALL_REDUCE_ALGOS, NUM_DTYPES, NUM_SPLIT_K_MODES } from '../generated/dtypes';
import { Options, Slot } from '../generated/options';

/** A record holds a value that is no dtype, no mode, or no list in the pool. */
// @ts-expect-error: decorator
@inline
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

/** Of two sizes side by side in the record, the sign bits of those that are below 1. */
// @ts-expect-error: decorator
@inline
function belowOne(o: Options, slot: i32): u64 {
  // The borrow of a lower half that is 0 can only mark an upper half where the lower is marked already.
  const sizes = load<u64>(changetype<usize>(o) + (<usize>slot << 2));
  return sizes | (sizes - 0x0000_0001_0000_0001);
}

/** A tile, epilogue tile, MMA size, stage count or cluster dimension is below 1. */
// @ts-expect-error: decorator
@inline
export function tileSizesPositive(o: Options): bool {
  const pairs =
    belowOne(o, Slot.TILE_M) | belowOne(o, Slot.TILE_K) | belowOne(o, Slot.EPILOGUE_TILE_N) |
    belowOne(o, Slot.MMA_N) | belowOne(o, Slot.CLUSTER_DIM_X);
  const z = o.clusterDimZ;
  const stages = o.numStages;
  const singles = (z - 1) | z | (stages - 1) | stages;
  return ((<i64>(pairs << 32) | <i64>pairs) < 0) | (singles < 0);
}
