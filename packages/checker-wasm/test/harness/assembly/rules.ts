// @ts-nocheck: AssemblyScript, compiled by ../compile.ts. The parts of assembly/ that the pipeline cannot show alone.
import * as arithmetic from '../../../assembly/engine/arithmetic';
import { HEAP, listInPool, OPTIONS, optionsAt, setListPool } from '../../../assembly/engine/memory';
import * as batched from '../../../assembly/trtllm-gen-2025-03/batched';
import * as deepseek from '../../../assembly/trtllm-gen-2025-03/deepseek';
import * as epilogue from '../../../assembly/trtllm-gen-2025-03/epilogue';

export { HEAP, listInPool, OPTIONS, setListPool };

export function epilogueTileDividesTile(): bool {
  return epilogue.epilogueTileDividesTile(optionsAt(OPTIONS));
}

export function dsfp8KMultiple(): bool {
  return deepseek.dsfp8KMultiple(optionsAt(OPTIONS)) != 0;
}

export function batchMSizesPositive(): bool {
  return batched.batchMSizesPositive(optionsAt(OPTIONS)) != 0;
}

export function batchNSizesPositive(): bool {
  return batched.batchNSizesPositive(optionsAt(OPTIONS)) != 0;
}

export function batchMDivides(): bool {
  return batched.batchMDivides(optionsAt(OPTIONS)) != 0;
}

export function batchNDivides(): bool {
  return batched.batchNDivides(optionsAt(OPTIONS)) != 0;
}

export function dsfp8BatchMHiddenMultiple(): bool {
  return batched.dsfp8BatchMHiddenMultiple(optionsAt(OPTIONS)) != 0;
}

export function dsfp8BatchNHiddenMultiple(): bool {
  return batched.dsfp8BatchNHiddenMultiple(optionsAt(OPTIONS)) != 0;
}

export function dsfp8BatchKMultiple(): bool {
  return batched.dsfp8BatchKMultiple(optionsAt(OPTIONS)) != 0;
}

export function leavesRest(a: i32, b: i32): bool {
  return arithmetic.leavesRest(a, b);
}

export function div(a: i32, b: i32): i32 {
  return arithmetic.div(a, b);
}

export function uneven(whole: i32, part: i32): bool {
  return arithmetic.uneven(whole, part);
}

export function ceilDiv(a: i64, b: i64): i64 {
  return arithmetic.ceilDiv(a, b);
}

export function roundUp(value: i32, step: i32): i64 {
  return arithmetic.roundUp(value, step);
}

export function lcm(a: i32, b: i32): i64 {
  return arithmetic.lcm(a, b);
}
