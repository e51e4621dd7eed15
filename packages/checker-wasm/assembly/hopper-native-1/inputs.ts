import { has } from '../device/mma';
import { target } from '../engine/memory';
import { Dtype } from '../generated/dtypes';
import { Options } from '../generated/options';

// The GPU, and the types that the kernels are compiled for.

const HOPPER_SM: i32 = 90;

const HALVES: u32 = (1 << Dtype.Bfloat16) | (1 << Dtype.Fp16);

// @ts-expect-error: decorator
@inline
export function needsHopper(): bool {
  return target().smVersion != HOPPER_SM;
}

// @ts-expect-error: decorator
@inline
export function hopperInputs(o: Options): bool {
  return !has(HALVES | (1 << Dtype.E4m3), o.dtypeElt);
}

// @ts-expect-error: decorator
@inline
export function hopperAccumulators(o: Options): bool {
  return o.dtypeAcc != Dtype.Fp32;
}

/** The output's type, unless it is that of the inputs, is none of theirs. */
// @ts-expect-error: decorator
@inline
export function hopperOutput(o: Options): bool {
  const scaled: u32 = select<u32>(1 << Dtype.Bfloat16, HALVES, o.useDeepSeekFp8 != 0) | (1 << Dtype.E4m3);
  const types: u32 = select<u32>(scaled, HALVES, o.dtypeElt == Dtype.E4m3) | (1 << Dtype.Void);
  return !has(types, o.dtypeC);
}
