// @ts-nocheck: AssemblyScript, compiled by ../compile.ts. The parts of assembly/ that the pipeline cannot show alone.
import * as arithmetic from '../../../assembly/engine/arithmetic';
import { HEAP, listInPool, OPTIONS, optionsAt, setListPool } from '../../../assembly/engine/memory';
import * as batched from '../../../assembly/trtllm-gen-2025-03/batched';
import * as deepseek from '../../../assembly/trtllm-gen-2025-03/deepseek';
import * as epilogue from '../../../assembly/trtllm-gen-2025-03/epilogue';
import * as problem from '../../../assembly/trtllm-gen-2025-03/problem';

export { HEAP, listInPool, OPTIONS, setListPool };

export function epilogueTileDividesTile(): bool {
  return epilogue.epilogueTileDividesTile(optionsAt(OPTIONS));
}

export function dsfp8KMultiple(): bool {
  return deepseek.dsfp8KMultiple(optionsAt(OPTIONS)) != 0;
}

export function batchMSizesPositive(): bool {
  return batched.batchMSizesPositive(optionsAt(OPTIONS));
}

export function batchNSizesPositive(): bool {
  return batched.batchNSizesPositive(optionsAt(OPTIONS));
}

export function batchMDivides(): bool {
  return batched.batchMDivides(optionsAt(OPTIONS));
}

export function batchNDivides(): bool {
  return batched.batchNDivides(optionsAt(OPTIONS));
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

/** The rules that know several causes and are violated, a bit each. Those of a batch mode are asked in that mode alone. */
export function violatedRules(): i32 {
  const o = optionsAt(OPTIONS);
  const ofMode = o.batchM != 0
    ? (i32(batched.batchMSizesPositive(o)) << 6) | (i32(batched.batchMCoversTile(o)) << 7) | (i32(batched.batchMDivides(o)) << 8)
    : (i32(batched.batchNSizesPositive(o)) << 6) | (i32(batched.batchNCoversTile(o)) << 7) | (i32(batched.batchNDivides(o)) << 8);
  return (
    i32(problem.problemSizePositive(o)) |
    (i32(problem.splitKPositive(o)) << 1) |
    (i32(problem.splitKDividesK(o)) << 2) |
    (i32(problem.tileKDividesKSlice(o)) << 3) |
    (i32(epilogue.tmaStoreCoversTile(o)) << 4) |
    (i32(epilogue.tmaStoreDividesHidden(o)) << 5) |
    ofMode
  );
}

/** The same rules, where they have a cause. */
export function causedRules(): i32 {
  const o = optionsAt(OPTIONS);
  const sizes = batched.batchMSizesCauses(o) | batched.batchNSizesCauses(o);
  const covers = batched.batchMCoversTileCauses(o) | batched.batchNCoversTileCauses(o);
  const divides = batched.batchMDividesCauses(o) | batched.batchNDividesCauses(o);
  return (
    i32(problem.problemSizeCauses(o) != 0) |
    (i32(problem.splitKCauses(o) != 0) << 1) |
    (i32(problem.splitKDividesKCauses(o) != 0) << 2) |
    (i32(problem.tileKDividesKSliceCauses(o) != 0) << 3) |
    (i32(epilogue.tmaStoreCoversTileCauses(o) != 0) << 4) |
    (i32(epilogue.tmaStoreDividesHiddenCauses(o) != 0) << 5) |
    (i32(sizes != 0) << 6) |
    (i32(covers != 0) << 7) |
    (i32(divides != 0) << 8)
  );
}

export function leavesRest(a: i32, b: i32): bool {
  return arithmetic.leavesRest(a, b);
}

export function ceilDiv(a: i64, b: i64): i64 {
  return arithmetic.ceilDiv(a, b);
}

export function roundUp(value: i32, step: i32): i64 {
  return arithmetic.roundUp(value, step);
}

export function lcm(size: i32, power: i32): i64 {
  return arithmetic.lcm(size, power);
}
