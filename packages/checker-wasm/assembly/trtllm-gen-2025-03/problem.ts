import { leavesRest } from '../engine/arithmetic';
import { Cause, K_SIZE, K_SLICES, K_TILE, M_SIZE, N_SIZE, SLICE_COUNT, when } from '../engine/cause';
import { adjusting, set, setFloat } from '../engine/adjust';
import { AllReduce, Dtype, SplitK } from '../generated/dtypes';
import { Options, Slot } from '../generated/options';
import { Rule } from '../generated/rules';

// Problem sizes, split k, clusters, all-reduce, tolerances.

// @ts-expect-error: decorator
@inline
export function problemSizePositive(o: Options): bool {
  return min(min(o.m, o.n), o.k) <= 0;
}

export function problemSizeCauses(o: Options): Cause {
  return when(o.m <= 0, M_SIZE) | when(o.n <= 0, N_SIZE) | when(o.k <= 0, K_SIZE);
}

// @ts-expect-error: decorator
@inline
export function splitKPositive(o: Options): bool {
  return o.numSlicesForSplitK <= 0;
}

export function splitKCauses(o: Options): Cause {
  return when(o.numSlicesForSplitK <= 0, SLICE_COUNT);
}

// @ts-expect-error: decorator
@inline
export function splitKDividesK(o: Options): bool {
  return o.numSlicesForSplitK > 1 && leavesRest(o.k, o.numSlicesForSplitK);
}

export function splitKDividesKCauses(o: Options): Cause {
  return when(splitKDividesK(o), K_SLICES | K_TILE);
}

/** What a slice sums over; all of k where that is not split. */
// @ts-expect-error: decorator
@inline
function kSlice(o: Options): i32 {
  const slices = o.numSlicesForSplitK;
  return slices > 1 ? o.k / slices : o.k;
}

// @ts-expect-error: decorator
@inline
export function tileKDividesKSlice(o: Options): bool {
  return leavesRest(kSlice(o), o.tileK);
}

export function tileKDividesKSliceCauses(o: Options): Cause {
  return when(tileKDividesKSlice(o), K_TILE);
}

// @ts-expect-error: decorator
@inline
export function clusterXyIsOne(o: Options): bool {
  return (o.clusterDimX != 1) | (o.clusterDimY != 1);
}

// @ts-expect-error: decorator
@inline
export function clusterZNeedsSplitK(o: Options): bool {
  return (o.clusterDimZ != 1) & (o.numSlicesForSplitK <= 1);
}

/** NaN, which is what a tolerance is when the caller gave none. */
// @ts-expect-error: decorator
@inline
function notGiven(tolerance: f32): bool {
  return tolerance != tolerance;
}

// @ts-expect-error: decorator
@inline
export function isHalf(dtype: i32): bool {
  return (dtype == Dtype.Fp16) | (dtype == Dtype.Bfloat16);
}

/** Whether the caller gave an atol: tolerance-dsfp8 may overrule what tolerance-half chose, but not the caller. */
let atolGiven: bool = false;

// @ts-expect-error: decorator
@inline
function toleranceHalf(o: Options): Options {
  atolGiven = !notGiven(o.atol);
  if (atolGiven || !isHalf(o.dtypeElt)) return o;
  const to = adjusting(o, Rule.TOLERANCE_HALF);
  if (to === null) return o;
  setFloat(to, Slot.ATOL, o.allReduceAlgo != AllReduce.None ? 4e-3 : 2e-4);
  return to;
}

// @ts-expect-error: decorator
@inline
function toleranceDsfp8(o: Options): Options {
  if (o.useDeepSeekFp8 == 0 || !isHalf(o.dtypeC)) return o;
  if ((atolGiven && !notGiven(o.rtol))) return o;
  const to = adjusting(o, Rule.TOLERANCE_DSFP8);
  if (to === null) return o;
  if (!atolGiven) setFloat(to, Slot.ATOL, 1e-2);
  if (notGiven(o.rtol)) setFloat(to, Slot.RTOL, 1e-2);
  return to;
}

/** What a test accepts where nothing is given. */
export function tolerances(o: Options): void {
  toleranceHalf(o);
  toleranceDsfp8(o);
}

// @ts-expect-error: decorator
@inline
export function oneShotOutputDtype(o: Options): bool {
  const addable =
    (1 << Dtype.UInt32) |
    (1 << Dtype.Int32) |
    (1 << Dtype.UInt64) |
    (1 << Dtype.Fp32) |
    (1 << Dtype.Fp16) |
    (1 << Dtype.Bfloat16);
  return (o.allReduceAlgo == AllReduce.OneShot) & (((addable >> o.dtypeC) & 1) == 0);
}

// @ts-expect-error: decorator
@inline
export function twoShotOutputDtype(o: Options): bool {
  return (o.allReduceAlgo == AllReduce.TwoShot) & (o.dtypeC != o.dtypeAcc);
}

// @ts-expect-error: decorator
@inline
export function allReduceNeedsTmaStore(o: Options): bool {
  return (o.allReduceAlgo != AllReduce.None) & (o.useTmaStore == 0);
}

// @ts-expect-error: decorator
@inline
export function splitKMode(o: Options): Options {
  const mode = o.numSlicesForSplitK == 1 ? SplitK.None : o.clusterDimZ == 1 ? SplitK.Gmem : SplitK.Dsmem;
  if (o.splitK == mode) return o;
  const to = adjusting(o, Rule.SPLIT_K_MODE);
  if (to === null) return o;
  set(to, Slot.SPLIT_K, mode);
  return to;
}

// @ts-expect-error: decorator
@inline
export function splitKGmemElements(o: Options): bool {
  return (o.splitK == SplitK.Gmem) & (((o.m * o.n) & 3) != 0);
}

// @ts-expect-error: decorator
@inline
export function splitKEpilogueTile(o: Options): Options {
  if (o.numSlicesForSplitK <= 1 || o.useDeepSeekFp8 != 0) return o;
  if (o.epilogueTileM == o.tileM && o.epilogueTileN == o.tileN) return o;
  const to = adjusting(o, Rule.SPLIT_K_EPILOGUE_TILE);
  if (to === null) return o;
  set(to, Slot.EPILOGUE_TILE_M, o.tileM);
  set(to, Slot.EPILOGUE_TILE_N, o.tileN);
  return to;
}

// @ts-expect-error: decorator
@inline
export function splitKClusterSize(o: Options): bool {
  return (o.splitK == SplitK.Dsmem) & (o.clusterDimZ != o.numSlicesForSplitK);
}
