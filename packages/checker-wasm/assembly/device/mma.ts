import { target } from '../engine/memory';
import { DTYPE_BITS, Dtype, DtypeSet, MMA_K } from '../generated/dtypes';
import { Options } from '../generated/options';
import { FIRST_BLACKWELL_SM, MAX_MMA_N, SM_WITHOUT_INTEGER_MMA } from '../generated/records';

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

/** No instruction of the target has the shape mmaM × mmaN × mmaK, for an element type that it takes. */
// @ts-expect-error: decorator
@inline
export function mmaShape(o: Options): bool {
  const m = o.mmaM;
  const n = o.mmaN;
  const stepOfN = select(15, 7, has(DtypeSet.INTEGER_MMA, o.dtypeElt) & (n > 32));
  const nk = ((n & stepOfN) != 0) | (n > MAX_MMA_N) | (o.mmaK != <i32>load<u8>(MMA_K + <usize>o.dtypeElt));
  // On Hopper more rows are more warpgroups.
  if (target().smVersion < FIRST_BLACKWELL_SM) return ((m & 63) != 0) | nk;
  const fourBits = load<u8>(DTYPE_BITS + <usize>o.dtypeElt) == 4;
  const pair = (o.clusterDimX & 1) == 0;
  return !((m == 128) | ((m == 64) & !fourBits) | ((m == 256) & pair & ((n & 15) == 0))) | nk;
}
