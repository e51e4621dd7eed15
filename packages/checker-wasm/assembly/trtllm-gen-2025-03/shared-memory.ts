import { RESULT } from '../engine/memory';
import { readable } from '../engine/record';
import { AllReduce, DTYPE_BITS, SplitK } from '../generated/dtypes';
import { Options, Slot } from '../generated/options';
import { ResultAt } from '../generated/records';

// Where the kernels keep what in dynamic shared memory. Sizes are computed as f64: a product of four 32-bit options
// leaves 64 bits, and a size that is merely huge is a diagnostic for the target's limit, not a trap or a wrap.

const SWIZZLE_ALIGNMENT: f64 = 1024;
const FLOAT_BYTES: f64 = 4;

// @ts-expect-error: decorator
@inline
function bytesOf(elements: f64, dtype: i32): f64 {
  return floor((elements * <f64>load<u8>(DTYPE_BITS + <usize>dtype)) / 8);
}

// @ts-expect-error: decorator
@inline
function align(bytes: f64, alignment: f64): f64 {
  return ceil(bytes / alignment) * alignment;
}

/** Lays the chunks out: A, B, C0, C1, row maxima; offsets and the total go to the result record. */
export function layOutSharedMemory(o: Options): bool {
  const sizes: u64 =
    ((<u64>1) << Slot.TILE_M) |
    ((<u64>1) << Slot.TILE_N) |
    ((<u64>1) << Slot.TILE_K) |
    ((<u64>1) << Slot.EPILOGUE_TILE_M) |
    ((<u64>1) << Slot.EPILOGUE_TILE_N) |
    ((<u64>1) << Slot.NUM_STAGES) |
    ((<u64>1) << Slot.NUM_SLICES_FOR_SPLIT_K);
  if (!readable(sizes)) return false;

  const stageDepth = <f64>o.numStages * <f64>o.tileK;
  const a = bytesOf(stageDepth * <f64>o.tileM, o.dtypeElt);
  const b = bytesOf(stageDepth * <f64>o.tileN, o.dtypeElt);

  const dsmem = o.splitK == SplitK.Dsmem;
  const staged = o.useTmaStore != 0 || dsmem;
  const partial = o.allReduceAlgo == AllReduce.TwoShot || o.numSlicesForSplitK > 1;
  const staging = partial ? o.dtypeAcc : o.dtypeC;
  const copies: f64 = dsmem ? <f64>o.numSlicesForSplitK : 1;
  const c0 = staged ? bytesOf(copies * <f64>o.epilogueTileM * <f64>o.epilogueTileN, staging) : 0;
  const c1 = o.useDeepSeekFp8 != 0 ? c0 : 0;
  const rowMax = o.useDeepSeekFp8 != 0 ? <f64>(o.transposeMmaOutput != 0 ? o.tileM : o.tileN) * FLOAT_BYTES : 0;

  const endA = align(a, SWIZZLE_ALIGNMENT);
  const endB = endA + align(b, SWIZZLE_ALIGNMENT);
  // With Dsmem, C0 starts over at 0: it reuses A and B when the main loop is done.
  const c0Size = align(c0, SWIZZLE_ALIGNMENT);
  const endC0 = dsmem ? max(endB, c0Size) : endB + c0Size;
  const endC1 = endC0 + align(c1, SWIZZLE_ALIGNMENT);
  const total = endC1 + align(rowMax, 16);

  const at = RESULT + ResultAt.SHARED_MEMORY;
  store<f64>(at, total);
  store<f64>(at, endA, 8);
  store<f64>(at, dsmem ? 0 : endB, 16);
  store<f64>(at, endC0, 24);
  store<f64>(at, endC1, 32);
  return true;
}
