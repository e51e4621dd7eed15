import { RESULT } from '../engine/memory';
import { readable } from '../engine/record';
import { DTYPE_BITS } from '../generated/dtypes';
import { Options, Slot } from '../generated/options';
import { ResultAt } from '../generated/records';

// Chunks of dynamic shared memory, which each rule set lays out. Sizes are computed as f64: a product of four 32-bit options leaves
// 64 bits, and a size that is merely huge is a diagnostic for the target's limit, not a trap or a wrap.

const SWIZZLE_ALIGNMENT: f64 = 1024;

// @ts-expect-error: decorator
@inline
export function bytesOf(elements: f64, dtype: i32): f64 {
  return floor((elements * <f64>load<u8>(DTYPE_BITS + <usize>dtype)) / 8);
}

// @ts-expect-error: decorator
@inline
function align(bytes: f64, alignment: f64): f64 {
  return ceil(bytes / alignment) * alignment;
}

/** Whether all sizes that shared memory is laid out by can be read. */
// @ts-expect-error: decorator
@inline
export function readsSizes(): bool {
  const sizes: u64 =
    ((<u64>1) << Slot.TILE_M) |
    ((<u64>1) << Slot.TILE_N) |
    ((<u64>1) << Slot.TILE_K) |
    ((<u64>1) << Slot.EPILOGUE_TILE_M) |
    ((<u64>1) << Slot.EPILOGUE_TILE_N) |
    ((<u64>1) << Slot.NUM_STAGES) |
    ((<u64>1) << Slot.NUM_SLICES_FOR_SPLIT_K);
  return readable(sizes);
}

/**
 * Writes offsets and the total to the result record: the pipeline's stages of A and B, then chunks of so many bytes.
 * @param overStages C0 starts over at 0: it reuses A and B when the main loop is done
 */
// @ts-expect-error: decorator
@inline
export function layOut(o: Options, c0: f64, overStages: bool, c1: f64, rowMax: f64): void {
  const stageDepth = <f64>o.numStages * <f64>o.tileK;
  const endA = align(bytesOf(stageDepth * <f64>o.tileM, o.dtypeElt), SWIZZLE_ALIGNMENT);
  const endB = endA + align(bytesOf(stageDepth * <f64>o.tileN, o.dtypeElt), SWIZZLE_ALIGNMENT);
  const c0Size = align(c0, SWIZZLE_ALIGNMENT);
  const endC0 = overStages ? max(endB, c0Size) : endB + c0Size;
  const endC1 = endC0 + align(c1, SWIZZLE_ALIGNMENT);

  const at = RESULT + ResultAt.SHARED_MEMORY;
  store<f64>(at, endC1 + align(rowMax, 16));
  store<f64>(at, endA, 8);
  store<f64>(at, overStages ? 0 : endB, 16);
  store<f64>(at, endC0, 24);
  store<f64>(at, endC1, 32);
}
