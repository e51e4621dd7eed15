import { leavesRest } from '../engine/arithmetic';
import { Cause, EPILOGUE_HALF, K_SCALES, M_SCALES, MMA_HALF, N_SCALES, when } from '../engine/cause';
import { AllReduce, Dtype } from '../generated/dtypes';
import { Options } from '../generated/options';
import { blackwell } from './mma';

// FP8 with DeepSeek's scales. These rules apply only with useDeepSeekFp8; the rule set's order asks that once.

/** Channels that share a scale. */
export const SCALE_BLOCK: i32 = 128;

// @ts-expect-error: decorator
@inline
export function dsfp8Dtype(o: Options): bool {
  return o.dtypeElt != Dtype.E4m3;
}

// @ts-expect-error: decorator
@inline
export function dsfp8NeedsBlackwell(_o: Options): bool {
  return !blackwell();
}

// @ts-expect-error: decorator
@inline
export function dsfp8NoAllReduce(o: Options): bool {
  return o.allReduceAlgo != AllReduce.None;
}

// @ts-expect-error: decorator
@inline
export function dsfp8TileK(o: Options): bool {
  return o.tileK != SCALE_BLOCK;
}

// @ts-expect-error: decorator
@inline
export function dsfp8HiddenMultiple(o: Options): Cause {
  return o.transposeMmaOutput != 0
    ? when((o.m & (SCALE_BLOCK - 1)) != 0, M_SCALES)
    : when((o.n & (SCALE_BLOCK - 1)) != 0, N_SCALES);
}

// @ts-expect-error: decorator
@inline
export function dsfp8KMultiple(o: Options): Cause {
  return when(o.k % SCALE_BLOCK != 0, K_SCALES);
}

// @ts-expect-error: decorator
@inline
export function dsfp8EpilogueHalfTile(o: Options): Cause {
  const transposed = o.transposeMmaOutput != 0;
  const tile = transposed ? o.tileM : o.tileN;
  return when(leavesRest(tile / 2, transposed ? o.epilogueTileM : o.epilogueTileN), EPILOGUE_HALF);
}

// @ts-expect-error: decorator
@inline
export function dsfp8MmaHalfTile(o: Options): Cause {
  const transposed = o.transposeMmaOutput != 0;
  const tile = transposed ? o.tileM : o.tileN;
  return when(leavesRest(tile / 2, transposed ? o.mmaM : o.mmaN), MMA_HALF);
}
