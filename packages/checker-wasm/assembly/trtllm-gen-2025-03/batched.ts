import { leavesRest } from '../engine/arithmetic';
import {
  Cause,
  K_SCALES,
  K_SIZE,
  K_TILE,
  M_SCALES,
  M_SIZE,
  M_TILE,
  N_SCALES,
  N_SIZE,
  N_TILE,
  when,
} from '../engine/cause';
import { DEFAULT_LIST_COUNT, DEFAULT_LIST_START } from '../engine/memory';
import { adjusting, set } from '../engine/adjust';
import { Options, Slot } from '../generated/options';
import { Rule } from '../generated/rules';
import { SCALE_BLOCK } from './deepseek';

// The batched stage.

// @ts-expect-error: decorator
@inline
export function batchSizesDefault(o: Options): Options {
  if ((o.batchM != 0 ? o.batchedMCount : o.batchedNCount) != 0) return o;
  const list = o.batchM != 0 ? Slot.BATCHED_M : Slot.BATCHED_N;
  const to = adjusting(o, Rule.BATCH_SIZES_DEFAULT);
  if (to === null) return o;
  set(to, list, DEFAULT_LIST_START);
  set(to, list + 1, DEFAULT_LIST_COUNT);
  return to;
}

// @ts-expect-error: decorator
@inline
export function numBatches(o: Options): Options {
  const count = o.batchM != 0 ? o.batchedMCount : o.batchedNCount;
  if (o.numBatches == count) return o;
  const to = adjusting(o, Rule.NUM_BATCHES);
  if (to === null) return o;
  set(to, Slot.NUM_BATCHES, count);
  return to;
}

// @ts-expect-error: decorator
@inline
export function batchMSizesPositive(o: Options): bool {
  return min(o.n, o.k) <= 0;
}

export function batchMSizesCauses(o: Options): Cause {
  return o.batchM == 0 ? 0 : when(o.n <= 0, N_SIZE) | when(o.k <= 0, K_SIZE);
}

// @ts-expect-error: decorator
@inline
export function batchMCoversTile(o: Options): bool {
  return (o.n < o.tileN) | (o.k < o.tileK);
}

export function batchMCoversTileCauses(o: Options): Cause {
  return o.batchM == 0 ? 0 : when(o.n < o.tileN, N_TILE) | when(o.k < o.tileK, K_TILE);
}

// @ts-expect-error: decorator
@inline
export function batchMDivides(o: Options): bool {
  return leavesRest(o.n, o.tileN) | leavesRest(o.k, o.tileK);
}

export function batchMDividesCauses(o: Options): Cause {
  return o.batchM == 0 ? 0 : when(leavesRest(o.n, o.tileN), N_TILE) | when(leavesRest(o.k, o.tileK), K_TILE);
}

// @ts-expect-error: decorator
@inline
export function batchMRowMajor(o: Options): bool {
  return o.batchM != 0 && o.transposeMmaOutput != 0;
}

// @ts-expect-error: decorator
@inline
export function batchNSizesPositive(o: Options): bool {
  return min(o.m, o.k) <= 0;
}

export function batchNSizesCauses(o: Options): Cause {
  return o.batchM != 0 ? 0 : when(o.m <= 0, M_SIZE) | when(o.k <= 0, K_SIZE);
}

// @ts-expect-error: decorator
@inline
export function batchNCoversTile(o: Options): bool {
  return (o.m < o.tileM) | (o.k < o.tileK);
}

export function batchNCoversTileCauses(o: Options): Cause {
  return o.batchM != 0 ? 0 : when(o.m < o.tileM, M_TILE) | when(o.k < o.tileK, K_TILE);
}

// @ts-expect-error: decorator
@inline
export function batchNDivides(o: Options): bool {
  return leavesRest(o.m, o.tileM) | leavesRest(o.k, o.tileK);
}

export function batchNDividesCauses(o: Options): Cause {
  return o.batchM != 0 ? 0 : when(leavesRest(o.m, o.tileM), M_TILE) | when(leavesRest(o.k, o.tileK), K_TILE);
}

// @ts-expect-error: decorator
@inline
export function batchNColumnMajor(o: Options): bool {
  return o.batchM == 0 && o.transposeMmaOutput == 0;
}

// @ts-expect-error: decorator
@inline
export function dsfp8BatchMHiddenMultiple(o: Options): Cause {
  return when(o.batchM != 0 && o.n % SCALE_BLOCK != 0, N_SCALES);
}

// @ts-expect-error: decorator
@inline
export function dsfp8BatchNHiddenMultiple(o: Options): Cause {
  return when(o.batchM == 0 && o.m % SCALE_BLOCK != 0, M_SCALES);
}

// @ts-expect-error: decorator
@inline
export function dsfp8BatchKMultiple(o: Options): Cause {
  return when(o.k % SCALE_BLOCK != 0, K_SCALES);
}

// @ts-expect-error: decorator
@inline
export function batchedNeedsTmaStore(o: Options): bool {
  return o.useTmaStore == 0;
}
