import { adjusting, setRarely } from '../engine/adjust';
import { leavesRest } from '../engine/arithmetic';
import { AllReduce, SplitK } from '../generated/dtypes';
import { Options, Slot } from '../generated/options';
import { Rule } from '../generated/rules';
import { isPowerWithin } from './tiles';

// What the CTAs of a cluster share: tokens, or the sums of a tile. And what no CTA can do.

/** CTAs of the largest cluster along x. */
// @ts-expect-error: decorator
@inline
function mostAlongX(o: Options): i32 {
  return select(2, 1, o.batchM != 0);
}

// @ts-expect-error: decorator
@inline
export function clusterOfTwo(o: Options): bool {
  return (o.clusterDimX > mostAlongX(o)) | (o.clusterDimY > 1);
}

/** An odd number of tiles; what is no whole number of them is another rule's, as are clusters that there are not. */
// @ts-expect-error: decorator
@inline
export function clusterDividesHidden(o: Options): bool {
  if ((o.clusterDimX != 2) | (o.batchM == 0)) return false;
  return !leavesRest(o.n, o.tileN) && ((o.n / o.tileN) & 1) != 0;
}

// @ts-expect-error: decorator
@inline
export function splitKSlices(o: Options): bool {
  const slices = o.numSlicesForSplitK;
  return slices > 1 && (o.batchM != 0 || !isPowerWithin(slices, 2, 8));
}

// @ts-expect-error: decorator
@inline
export function routeActAlone(o: Options): bool {
  return (o.routeAct != 0) & ((o.useDeepSeekFp8 == 0) | (o.clusterDimX > 1) | (o.numSlicesForSplitK > 1));
}

/** Slices of a tile meet in the shared memory of their cluster, and nowhere else. */
// @ts-expect-error: decorator
@inline
export function splitKMode(o: Options): Options {
  const mode = select(SplitK.Dsmem, SplitK.None, o.numSlicesForSplitK > 1);
  if (o.splitK == mode) return o;
  const to = adjusting(o, Rule.SPLIT_K_MODE);
  if (to === null) return o;
  setRarely(to, Slot.SPLIT_K, mode);
  return to;
}

// @ts-expect-error: decorator
@inline
export function allReduceUnsupported(o: Options): bool {
  return o.allReduceAlgo != AllReduce.None;
}

// @ts-expect-error: decorator
@inline
export function shuffleUnsupported(o: Options): bool {
  return o.useShuffledMatrixA != 0;
}
