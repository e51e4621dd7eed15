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
import { adjust, set } from '../engine/report';
import { Options, Slot } from '../generated/options';
import { Rule } from '../generated/rules';
import { SCALE_BLOCK } from './deepseek';

// The batched stage.

export function batchSizesDefault(o: Options): void {
  if ((o.batchM != 0 ? o.batchedMCount : o.batchedNCount) != 0 || !adjust(Rule.BATCH_SIZES_DEFAULT)) return;
  const list = o.batchM != 0 ? Slot.BATCHED_M : Slot.BATCHED_N;
  set(o, list, DEFAULT_LIST_START);
  set(o, list + 1, DEFAULT_LIST_COUNT);
}

export function numBatches(o: Options): void {
  const count = o.batchM != 0 ? o.batchedMCount : o.batchedNCount;
  if (o.numBatches == count || !adjust(Rule.NUM_BATCHES)) return;
  set(o, Slot.NUM_BATCHES, count);
}

export function batchMSizesPositive(o: Options): Cause {
  return o.batchM == 0 ? 0 : when(o.n <= 0, N_SIZE) | when(o.k <= 0, K_SIZE);
}

export function batchMCoversTile(o: Options): Cause {
  return o.batchM == 0 ? 0 : when(o.n < o.tileN, N_TILE) | when(o.k < o.tileK, K_TILE);
}

export function batchMDivides(o: Options): Cause {
  return o.batchM == 0 ? 0 : when(leavesRest(o.n, o.tileN), N_TILE) | when(leavesRest(o.k, o.tileK), K_TILE);
}

export function batchMRowMajor(o: Options): bool {
  return o.batchM != 0 && o.transposeMmaOutput != 0;
}

export function batchNSizesPositive(o: Options): Cause {
  return o.batchM != 0 ? 0 : when(o.m <= 0, M_SIZE) | when(o.k <= 0, K_SIZE);
}

export function batchNCoversTile(o: Options): Cause {
  return o.batchM != 0 ? 0 : when(o.m < o.tileM, M_TILE) | when(o.k < o.tileK, K_TILE);
}

export function batchNDivides(o: Options): Cause {
  return o.batchM != 0 ? 0 : when(leavesRest(o.m, o.tileM), M_TILE) | when(leavesRest(o.k, o.tileK), K_TILE);
}

export function batchNColumnMajor(o: Options): bool {
  return o.batchM == 0 && o.transposeMmaOutput == 0;
}

export function dsfp8BatchMHiddenMultiple(o: Options): Cause {
  return when(o.batchM != 0 && o.n % SCALE_BLOCK != 0, N_SCALES);
}

export function dsfp8BatchNHiddenMultiple(o: Options): Cause {
  return when(o.batchM == 0 && o.m % SCALE_BLOCK != 0, M_SCALES);
}

export function dsfp8BatchKMultiple(o: Options): Cause {
  return when(o.k % SCALE_BLOCK != 0, K_SCALES);
}

export function batchedNeedsTmaStore(o: Options): bool {
  return o.useTmaStore == 0;
}
