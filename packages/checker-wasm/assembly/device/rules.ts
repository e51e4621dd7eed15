import { leavesRest } from '../engine/arithmetic';
import { RESULT, target } from '../engine/memory';
import { bit, readable } from '../engine/record';
import { Options, Slot } from '../generated/options';
import { MAX_CLUSTER_BLOCKS, MAX_GRID_YZ, ResultAt } from '../generated/records';

/** The total of the layout, which has been laid out. */
// @ts-expect-error: decorator
@inline
export function totalSharedMemory(): f64 {
  return load<f64>(RESULT + ResultAt.SHARED_MEMORY);
}

/** The layout's total exceeds what one block of the target can opt in to. */
// @ts-expect-error: decorator
@inline
export function sharedMemoryLimit(): bool {
  return totalSharedMemory() > <f64>target().sharedMemPerBlockOptin;
}

/** The grid has no block along z, or more than the hardware counts along z. */
// @ts-expect-error: decorator
@inline
function gridZ(o: Options): bool {
  return <u32>(o.projGateNumSplitKSlices - 1) >= <u32>MAX_GRID_YZ;
}

/** The grid has no block along z, or more than the hardware counts along y or z. */
// @ts-expect-error: decorator
@inline
export function gridLimits(o: Options): bool {
  // More tiles of n than that many, without a division.
  return gridZ(o) || (((o.batchM != 0) & (<i64>o.n > <i64>MAX_GRID_YZ * o.tileN)) && readable(bit(Slot.TILE_N)));
}

/**
 * A cluster with more blocks along z than is portable, or whose blocks do not divide a grid that there can be. One without a split
 * k has been refused before, and its extents along x and y are judged by themselves.
 */
// @ts-expect-error: decorator
@inline
export function clusterLimits(o: Options): bool {
  const z = o.clusterDimZ;
  if (z <= 1 || o.numSlicesForSplitK == 1) return false;
  return z > MAX_CLUSTER_BLOCKS || (!gridZ(o) && leavesRest(o.projGateNumSplitKSlices, z));
}
