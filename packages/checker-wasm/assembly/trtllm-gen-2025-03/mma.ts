import { lcm, leavesRest, roundUp } from '../engine/arithmetic';
import { Cause, M_TILE, N_TILE, when } from '../engine/cause';
import { target } from '../engine/memory';
import { adjust, set, setSize } from '../engine/report';
import { Dtype } from '../generated/dtypes';
import { Options, Slot } from '../generated/options';
import { FIRST_BLACKWELL_SM } from '../generated/records';
import { Rule } from '../generated/rules';

// Data types against tensor-core instructions.

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
export function e4m3MmaK(o: Options): void {
  if (o.dtypeElt != Dtype.E4m3 || o.mmaK == 32 || !adjust(Rule.E4M3_MMA_K)) return;
  set(o, Slot.MMA_K, 32);
  set(o, Slot.TILE_K, max(32, o.tileK));
}

// @ts-expect-error: decorator
@inline
export function fp4NeedsBlackwell(o: Options): bool {
  return (o.dtypeElt == Dtype.E2m1) & !blackwell();
}

// @ts-expect-error: decorator
@inline
export function fp4MmaK(o: Options): void {
  if (o.dtypeElt != Dtype.E2m1 || o.mmaK == 64 || !adjust(Rule.FP4_MMA_K)) return;
  set(o, Slot.MMA_K, 64);
  setSize(o, Slot.TILE_K, roundUp(o.tileK, 64), Rule.FP4_MMA_K);
}

// @ts-expect-error: decorator
@inline
export function fp4MmaM(o: Options): void {
  if (o.dtypeElt != Dtype.E2m1 || o.mmaM == 128 || !adjust(Rule.FP4_MMA_M)) return;
  set(o, Slot.MMA_M, 128);
  setSize(o, Slot.TILE_M, roundUp(o.tileM, 128), Rule.FP4_MMA_M);
}

// @ts-expect-error: decorator
@inline
export function fp4MmaN(o: Options): void {
  if (o.dtypeElt != Dtype.E2m1 || !leavesRest(o.mmaN, 64) || !adjust(Rule.FP4_MMA_N)) return;
  setSize(o, Slot.MMA_N, roundUp(o.mmaN, 64), Rule.FP4_MMA_N);
  setSize(o, Slot.TILE_N, roundUp(o.tileN, 128), Rule.FP4_MMA_N);
}

// @ts-expect-error: decorator
@inline
export function fp4TileN(o: Options): void {
  if (o.dtypeElt != Dtype.E2m1 || !leavesRest(o.tileN, 128) || !adjust(Rule.FP4_TILE_N)) return;
  setSize(o, Slot.TILE_N, lcm(o.mmaN, 128), Rule.FP4_TILE_N);
}

// @ts-expect-error: decorator
@inline
export function fp4OutputNeedsBlackwell(o: Options): bool {
  return (o.dtypeC == Dtype.E2m1) & !blackwell();
}

// @ts-expect-error: decorator
@inline
export function fp4OutputM(o: Options): Cause {
  return when((o.dtypeC == Dtype.E2m1) & leavesRest(o.m, o.tileM), M_TILE);
}

// @ts-expect-error: decorator
@inline
export function fp4OutputN(o: Options): Cause {
  return when((o.dtypeC == Dtype.E2m1) & leavesRest(o.n, o.tileN), N_TILE);
}

// @ts-expect-error: decorator
@inline
export function fp4OutputNotTransposed(o: Options): bool {
  return (o.dtypeC == Dtype.E2m1) & (o.transposeMmaOutput != 0);
}

// @ts-expect-error: decorator
@inline
export function outputDtypeDefault(o: Options): void {
  if (o.dtypeC != Dtype.Void || o.dtypeElt == Dtype.Void || !adjust(Rule.OUTPUT_DTYPE_DEFAULT)) return;
  set(o, Slot.DTYPE_C, o.dtypeElt);
}
