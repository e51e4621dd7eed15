import { layOut, readsSizes } from './device/shared-memory';
import { Options } from './generated/options';
import { RULE_SET_SHIFT } from './generated/records';
import { FIRST_OWN_RULE, NUM_RULES, Rule, RuleSet } from './generated/rules';
import * as hopperNative1 from './hopper-native-1/check';
import * as hopperNative1Memory from './hopper-native-1/shared-memory';
import { layOutGrid as layOutTileGrid, layOutPersistentGrid } from './launch/geometry';
import * as trtllmGen202503 from './trtllm-gen-2025-03/check';
import * as trtllmGen202503Memory from './trtllm-gen-2025-03/shared-memory';

// The rule sets, and what each has of its own. Rules know nothing of the sets that they are in.

export { causesOf } from './trtllm-gen-2025-03/check';

/** The first rule behind those of the input. */
const FIRST_RULE: i32 = Rule.FUSED_ACTIVATION_UNSUPPORTED;

let isHopper: bool = false;

/** Takes up the rule set of a settings word. */
export function useRuleSet(settings: i32): void {
  isHopper = settings >>> RULE_SET_SHIFT == RuleSet.HOPPER_NATIVE_1;
}

/** A rule's place in the order of application. */
// @ts-expect-error: decorator
@inline
export function placeOf(rule: i32): i32 {
  // A size that leaves 32 bits is found by the time all of FP4 is adjusted.
  if (rule == Rule.ADJUSTMENT_OVERFLOW) return Rule.FP4_TILE_N;
  if (!isHopper || rule < FIRST_RULE) return rule;
  return rule < FIRST_OWN_RULE ? rule + (NUM_RULES - FIRST_OWN_RULE) : rule - FIRST_OWN_RULE + FIRST_RULE;
}

/** Applies the set's rules in their order. Returns whether the check ends here. */
// @ts-expect-error: decorator
@inline
export function checkRules(o: Options): bool {
  return isHopper ? hopperNative1.check(o) : trtllmGen202503.check(o);
}

/** A check that stops at its first error lays shared memory out if that comes behind this rule. */
// @ts-expect-error: decorator
@inline
export function lastRuleBeforeSharedMemory(): i32 {
  return isHopper ? Rule.BATCHED_NEEDS_TMA_STORE : trtllmGen202503.LAST_RULE_BEFORE_SHARED_MEMORY;
}

/** Lays shared memory out. Returns whether all that it takes can be read. */
export function layOutSharedMemory(o: Options): bool {
  if (!readsSizes()) return false;
  let c1: f64 = 0;
  let c0: f64;
  let rowMax: f64;
  let overStages: bool;
  if (isHopper) {
    c0 = hopperNative1Memory.c0Bytes(o);
    overStages = hopperNative1Memory.c0OverStages(o);
    rowMax = hopperNative1Memory.rowMaxBytes(o);
  } else {
    c0 = trtllmGen202503Memory.c0Bytes(o);
    c1 = trtllmGen202503Memory.hasC1(o) ? c0 : 0;
    overStages = trtllmGen202503Memory.c0OverStages(o);
    rowMax = trtllmGen202503Memory.rowMaxBytes(o);
  }
  layOut(o, c0, overStages, c1, rowMax);
  return true;
}

/** Writes the grid to the result record. Returns whether it can be known. */
// @ts-expect-error: decorator
@inline
export function layOutGrid(o: Options): bool {
  return isHopper ? layOutPersistentGrid(o) : layOutTileGrid(o);
}

/**
 * Whether what the rules leave is within the limits of grids, tensor-core instructions and boxes by itself, so that those need not be
 * asked; a property holds that it is.
 */
// @ts-expect-error: decorator
@inline
export function staysWithinLimits(): bool {
  return isHopper;
}
