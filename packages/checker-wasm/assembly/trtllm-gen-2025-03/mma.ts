import { lcm, leavesRest, roundUp } from '../engine/arithmetic';
import { Cause, M_TILE, N_TILE, when } from '../engine/cause';
import { target } from '../engine/memory';
import { adjusting, set, setSize } from '../engine/adjust';
import { Dtype } from '../generated/dtypes';
import { Options, Slot } from '../generated/options';
import { FIRST_BLACKWELL_SM } from '../generated/records';
import { Rule } from '../generated/rules';

// Data types against tensor-core instructions. Rules of FP4 inputs and FP4 output apply only with them; the rule set's order asks that
// once for all.

// @ts-expect-error: decorator
@inline
export function blackwell(): bool {
  return target().smVersion >= FIRST_BLACKWELL_SM;
}

// @ts-expect-error: decorator
@inline
export function fusedActivationUnsupported(o: Options): bool {
  return o.useFusedAct != 0;
}

// @ts-expect-error: decorator
@inline
export function e4m3MmaK(o: Options): Options {
  if (o.dtypeElt != Dtype.E4m3 || o.mmaK == 32) return o;
  const to = adjusting(o, Rule.E4M3_MMA_K);
  if (to === null) return o;
  set(to, Slot.MMA_K, 32);
  set(to, Slot.TILE_K, max(32, o.tileK));
  return to;
}

// @ts-expect-error: decorator
@inline
export function fp4NeedsBlackwell(_o: Options): bool {
  return !blackwell();
}

// @ts-expect-error: decorator
@inline
export function fp4MmaK(o: Options): Options {
  if (o.mmaK == 64) return o;
  const to = adjusting(o, Rule.FP4_MMA_K);
  if (to === null) return o;
  set(to, Slot.MMA_K, 64);
  setSize(to, Slot.TILE_K, roundUp(o.tileK, 64), Rule.FP4_MMA_K);
  return to;
}

// @ts-expect-error: decorator
@inline
export function fp4MmaM(o: Options): Options {
  if (o.mmaM == 128) return o;
  const to = adjusting(o, Rule.FP4_MMA_M);
  if (to === null) return o;
  set(to, Slot.MMA_M, 128);
  setSize(to, Slot.TILE_M, roundUp(o.tileM, 128), Rule.FP4_MMA_M);
  return to;
}

// @ts-expect-error: decorator
@inline
export function fp4MmaN(o: Options): Options {
  if (!leavesRest(o.mmaN, 64)) return o;
  const to = adjusting(o, Rule.FP4_MMA_N);
  if (to === null) return o;
  setSize(to, Slot.MMA_N, roundUp(o.mmaN, 64), Rule.FP4_MMA_N);
  setSize(to, Slot.TILE_N, roundUp(o.tileN, 128), Rule.FP4_MMA_N);
  return to;
}

// @ts-expect-error: decorator
@inline
export function fp4TileN(o: Options): Options {
  if (!leavesRest(o.tileN, 128)) return o;
  const to = adjusting(o, Rule.FP4_TILE_N);
  if (to === null) return o;
  setSize(to, Slot.TILE_N, lcm(o.mmaN, 128), Rule.FP4_TILE_N);
  return to;
}

// @ts-expect-error: decorator
@inline
export function fp4OutputNeedsBlackwell(_o: Options): bool {
  return !blackwell();
}

// @ts-expect-error: decorator
@inline
export function fp4OutputM(o: Options): Cause {
  return when(leavesRest(o.m, o.tileM), M_TILE);
}

// @ts-expect-error: decorator
@inline
export function fp4OutputN(o: Options): Cause {
  return when(leavesRest(o.n, o.tileN), N_TILE);
}

// @ts-expect-error: decorator
@inline
export function fp4OutputNotTransposed(o: Options): bool {
  return o.transposeMmaOutput != 0;
}

// @ts-expect-error: decorator
@inline
export function outputDtypeDefault(o: Options): Options {
  if (o.dtypeC != Dtype.Void || o.dtypeElt == Dtype.Void) return o;
  const to = adjusting(o, Rule.OUTPUT_DTYPE_DEFAULT);
  if (to === null) return o;
  set(to, Slot.DTYPE_C, o.dtypeElt);
  return to;
}
