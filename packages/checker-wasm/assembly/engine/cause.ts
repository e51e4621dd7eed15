import { Slot } from '../generated/options';
import { K_SCALES, K_SLICES, K_TILE, M_SCALES, M_TILE, N_SCALES, N_TILE } from '../generated/causes';

export * from '../generated/causes';

/**
 * What is wrong, as a set of bits, where several rules can say the same: "tileM does not divide m" concerns the TMA
 * store, the batched stage and FP4 output. A cause is reported once; a later rule that finds nothing new stays silent.
 */
export type Cause = u64;

// @ts-expect-error: decorator
@inline
export function when(condition: bool, cause: Cause): Cause {
  return select<Cause>(cause, 0, condition);
}

// @ts-expect-error: decorator
@inline
function ifAny(fields: u64, slot: i32, causes: Cause): Cause {
  return (fields >> slot) & 1 ? causes : 0;
}

/** The causes that only follow from fields whose own value is no size. */
export function consequencesOf(fields: u64): Cause {
  return (
    ifAny(fields, Slot.M, M_TILE | M_SCALES) |
    ifAny(fields, Slot.N, N_TILE | N_SCALES) |
    ifAny(fields, Slot.K, K_TILE | K_SLICES | K_SCALES) |
    ifAny(fields, Slot.TILE_M, M_TILE) |
    ifAny(fields, Slot.TILE_N, N_TILE) |
    ifAny(fields, Slot.TILE_K, K_TILE) |
    ifAny(fields, Slot.NUM_SLICES_FOR_SPLIT_K, K_SLICES | K_TILE)
  );
}
