import { RESULT, target } from '../engine/memory';
import { ceilDiv } from '../engine/arithmetic';
import { Options } from '../generated/options';
import { MAX_GRID_YZ, ResultAt } from '../generated/records';

/** The layout's total exceeds what one block of the target can opt in to. */
export function sharedMemoryLimit(): bool {
  return load<f64>(RESULT + ResultAt.SHARED_MEMORY) > <f64>target().sharedMemPerBlockOptin;
}

/** The grid has no block along z, or more than the hardware counts along y or z. */
export function gridLimits(o: Options): bool {
  const slices = o.projGateNumSplitKSlices;
  return slices < 1 || slices > MAX_GRID_YZ || (o.batchM != 0 && o.tileN > 0 && ceilDiv(o.n, o.tileN) > MAX_GRID_YZ);
}
