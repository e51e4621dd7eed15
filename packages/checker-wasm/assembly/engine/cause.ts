import { Slot } from '../generated/options';

/**
 * What is wrong, as a set of bits, where several rules can say the same: "tileM does not divide m" concerns the TMA
 * store, the batched stage and FP4 output. A cause is reported once; a later rule that finds nothing new stays silent.
 */
export type Cause = u64;

export const M_SIZE: Cause = 1 << 0;
export const N_SIZE: Cause = 1 << 1;
export const K_SIZE: Cause = 1 << 2;
/** tileM does not divide m; m is smaller than tileM. */
export const M_TILE: Cause = 1 << 3;
export const M_COVER: Cause = 1 << 4;
export const N_TILE: Cause = 1 << 5;
export const N_COVER: Cause = 1 << 6;
/** tileK does not divide k, or a slice of it; k is smaller than tileK. */
export const K_TILE: Cause = 1 << 7;
export const K_COVER: Cause = 1 << 8;
/** k does not divide into slices. */
export const K_SLICES: Cause = 1 << 9;
/** No multiple of a block of DeepSeek scales. */
export const M_SCALES: Cause = 1 << 10;
export const N_SCALES: Cause = 1 << 11;
export const K_SCALES: Cause = 1 << 12;
/** The instruction or epilogue tile does not divide half a tile. */
export const EPILOGUE_HALF: Cause = 1 << 13;
export const MMA_HALF: Cause = 1 << 14;
/** The number of slices of k is itself wrong. */
export const SLICE_COUNT: Cause = 1 << 15;

// @ts-expect-error: decorator
@inline
export function when(condition: bool, cause: Cause): Cause {
  return condition ? cause : 0;
}

// @ts-expect-error: decorator
@inline
function ifAny(fields: u64, slot: i32, causes: Cause): Cause {
  return (fields >> slot) & 1 ? causes : 0;
}

/** The causes that only follow from fields whose own value is no size. */
export function consequencesOf(fields: u64): Cause {
  return (
    ifAny(fields, Slot.M, M_TILE | M_COVER | M_SCALES) |
    ifAny(fields, Slot.N, N_TILE | N_COVER | N_SCALES) |
    ifAny(fields, Slot.K, K_TILE | K_COVER | K_SLICES | K_SCALES) |
    ifAny(fields, Slot.TILE_M, M_TILE | M_COVER) |
    ifAny(fields, Slot.TILE_N, N_TILE | N_COVER) |
    ifAny(fields, Slot.TILE_K, K_TILE | K_COVER) |
    ifAny(fields, Slot.NUM_SLICES_FOR_SPLIT_K, K_SLICES | K_TILE)
  );
}
