import { listInPool } from '../engine/memory';
import { NUM_ALL_REDUCE_ALGOS, NUM_DTYPES, NUM_SPLIT_K_MODES } from '../generated/dtypes';
import { Options, Slot } from '../generated/options';

/** A record holds a value that is no dtype, no mode, or no list in the pool. */
// @ts-expect-error: decorator
@inline
export function invalidInput(o: Options): bool {
  const at = changetype<usize>(o);
  // Lanes behind the choices hold other options, and no number is above -1 as an unsigned one.
  const dtypes = i32x4(NUM_DTYPES - 1, NUM_DTYPES - 1, NUM_DTYPES - 1, -1);
  const modes = i32x4(NUM_ALL_REDUCE_ALGOS - 1, NUM_SPLIT_K_MODES - 1, -1, -1);
  const beyond = v128.or(
    i32x4.gt_u(v128.load(at, <usize>Slot.DTYPE_ELT * 4), dtypes),
    i32x4.gt_u(v128.load(at, <usize>Slot.ALL_REDUCE_ALGO * 4), modes),
  );
  return (
    v128.any_true(beyond) |
    !listInPool(o.batchedMStart, o.batchedMCount) |
    !listInPool(o.batchedNStart, o.batchedNCount)
  );
}

/** A tile, epilogue tile, MMA size, stage count or cluster dimension is below 1. */
// @ts-expect-error: decorator
@inline
export function tileSizesPositive(o: Options): bool {
  const at = changetype<usize>(o);
  const tiles = i32x4.min_s(v128.load(at, <usize>Slot.TILE_M * 4), v128.load(at, <usize>Slot.EPILOGUE_TILE_N * 4));
  const others = i32x4(o.clusterDimX, o.clusterDimY, o.clusterDimZ, o.numStages);
  return !i32x4.all_true(i32x4.gt_s(i32x4.min_s(tiles, others), i32x4.splat(0)));
}
