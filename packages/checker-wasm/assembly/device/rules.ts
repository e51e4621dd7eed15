import { ceilDiv, leavesRest } from '../engine/arithmetic';
import { RESULT, target } from '../engine/memory';
import { Options } from '../generated/options';
import { MAX_CLUSTER_BLOCKS, MAX_GRID_YZ, ResultAt } from '../generated/records';

/** The total of the layout, which has been laid out. */
// @ts-expect-error: decorator
@inline
export function totalSharedMemory(): f64 {
  return load<f64>(RESULT + ResultAt.SHARED_MEMORY);
}

/** The layout's total exceeds what one block of the target can opt in to. */
export function sharedMemoryLimit(): bool {
  return totalSharedMemory() > <f64>target().sharedMemPerBlockOptin;
}

/** The grid has no block along z, or more than the hardware counts along z. */
function gridZ(o: Options): bool {
  return <u32>(o.projGateNumSplitKSlices - 1) >= <u32>MAX_GRID_YZ;
}

/** The grid has no block along z, or more than the hardware counts along y or z. */
export function gridLimits(o: Options): bool {
  return gridZ(o) || (o.batchM != 0 && ceilDiv(o.n, max(1, o.tileN)) > MAX_GRID_YZ);
}

/**
 * A cluster with more blocks than is portable, or that does not divide the grid. Other extents than 1 along x and y, or along
 * z without a split k, have been refused before.
 */
export function clusterLimits(o: Options): bool {
  if ((o.clusterDimX | o.clusterDimY) != 1 || o.numSlicesForSplitK <= 1 || gridZ(o)) return false;
  return o.clusterDimZ > MAX_CLUSTER_BLOCKS || leavesRest(o.projGateNumSplitKSlices, o.clusterDimZ);
}
