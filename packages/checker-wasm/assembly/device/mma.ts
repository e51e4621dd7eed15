import { leavesRest } from '../engine/arithmetic';
import { target } from '../engine/memory';
import { DTYPE_BITS, Dtype, DtypeSet, MMA_K } from '../generated/dtypes';
import { Options } from '../generated/options';
import { FIRST_BLACKWELL_SM, MAX_MMA_N, SM_WITHOUT_INTEGER_MMA } from '../generated/records';
import { dsfp8MmaHalfTile } from '../trtllm-gen-2025-03/deepseek';

// Tensor-core instructions that exist.

// @ts-expect-error: decorator
@inline
export function has(set: u32, dtype: i32): bool {
  return ((set >> dtype) & 1) != 0;
}

/** The element types that the target's tensor cores take. */
// @ts-expect-error: decorator
@inline
function mmaTypes(): u32 {
  const sm = target().smVersion;
  const integers = select<u32>(DtypeSet.INTEGER_MMA, 0, sm == SM_WITHOUT_INTEGER_MMA);
  return select(DtypeSet.MMA, DtypeSet.HOPPER_MMA, sm >= FIRST_BLACKWELL_SM) & ~integers;
}

/** The rule set has refused the element type: as FP4 on Hopper, or for DeepSeek scales. */
// @ts-expect-error: decorator
@inline
function refusedBefore(o: Options): bool {
  const dtype = o.dtypeElt;
  return (
    ((dtype == Dtype.E2m1) & (target().smVersion < FIRST_BLACKWELL_SM)) |
    ((o.useDeepSeekFp8 != 0) & (dtype != Dtype.E4m3))
  );
}

/** Nothing is wrong with the element type so far: what depends on it can be judged. */
// @ts-expect-error: decorator
@inline
export function takesElements(o: Options): bool {
  return has(mmaTypes(), o.dtypeElt) & !refusedBefore(o);
}

/** No instruction multiplies the element type, or none accumulates it in the accumulators' type. */
// @ts-expect-error: decorator
@inline
export function mmaDtype(o: Options): bool {
  const types = mmaTypes();
  const acc = o.dtypeAcc;
  const accumulating: u32 =
    select<u32>(types & ~DtypeSet.INTEGER_MMA, 0, acc == Dtype.Fp32) |
    select<u32>(types & DtypeSet.HALF_ACCUMULATORS, 0, acc == Dtype.Fp16) |
    select<u32>(types & DtypeSet.INTEGER_MMA, 0, acc == Dtype.Int32);
  return !has(accumulating, o.dtypeElt) & !refusedBefore(o);
}

/** Of the shape mmaM × mmaN × mmaK: what a rule finds fault with, as bits in the order of their slots. */
export namespace MmaFault {
  export const M: i32 = 1;
  export const N: i32 = 2;
  export const K: i32 = 4;
}

/**
 * What of the shape mmaM × mmaN × mmaK no instruction of the target has.
 * @param elements whether the target takes the element type: one that it does not take has no say in the shape
 */
// @ts-expect-error: decorator
@inline
export function shapeFaults(o: Options, elements: bool): i32 {
  const m = o.mmaM;
  const n = o.mmaN;
  const integers = elements & has(DtypeSet.INTEGER_MMA, o.dtypeElt);
  let stepOfN = select(15, 7, integers & (n > 32));
  // On Hopper more rows are more warpgroups.
  let rows = (m & 63) == 0;
  if (target().smVersion >= FIRST_BLACKWELL_SM) {
    const fourBits = elements & (load<u8>(DTYPE_BITS + <usize>o.dtypeElt) == 4);
    const pair = (m == 256) & ((o.clusterDimX & 1) == 0);
    stepOfN = select(select(31, 15, integers), stepOfN, pair);
    rows = (m == 128) | ((m == 64) & !fourBits) | pair;
  }
  const depth = <i32>load<u8>(MMA_K + <usize>o.dtypeElt);
  return (
    select(0, MmaFault.M, rows) |
    select(MmaFault.N, 0, ((n & stepOfN) != 0) | (n > MAX_MMA_N)) |
    select(MmaFault.K, 0, elements & (o.mmaK != depth))
  );
}

/**
 * An instruction leaves a rest of its tile. One above its tile is too large for the epilogue's, which has been said; one or two
 * a tile, as most kernels have them, need no division.
 */
// @ts-expect-error: decorator
@inline
function leavesRestOfTile(tile: i32, mma: i32): bool {
  return mma < tile && mma << 1 != tile && leavesRest(tile, mma);
}

/** Which of mmaM and mmaN leave a rest of their tile. */
// @ts-expect-error: decorator
@inline
export function tileFaults(o: Options): i32 {
  return (
    select(MmaFault.M, 0, leavesRestOfTile(o.tileM, o.mmaM)) | select(MmaFault.N, 0, leavesRestOfTile(o.tileN, o.mmaN))
  );
}

/** Which of them has been refused for half a tile, which DeepSeek scales want whole. */
export function halfTileFaults(o: Options): i32 {
  if (o.useDeepSeekFp8 == 0 || dsfp8MmaHalfTile(o) == 0) return 0;
  return o.transposeMmaOutput != 0 ? MmaFault.M : MmaFault.N;
}
