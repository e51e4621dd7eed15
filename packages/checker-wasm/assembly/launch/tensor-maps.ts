import { has } from '../device/mma';
import { leavesRest } from '../engine/arithmetic';
import { DTYPE_BITS, Dtype, DtypeSet } from '../generated/dtypes';
import { bit, readable } from '../engine/record';
import { Options, Slot } from '../generated/options';
import { MAX_ROWS, MAX_TENSOR_MAP_BOX, MAX_TENSOR_MAP_EXTENT, SCALE_BLOCK_K } from '../generated/records';

// What `cuTensorMapEncodeTiled` demands of the maps of a launch: A and B, one dtype in rows of k, and the output. Each
// condition leaves to the rule set what that has refused already.

// @ts-expect-error: decorator
@inline
function bitsOf(dtype: i32): i32 {
  return load<u8>(DTYPE_BITS + <usize>dtype);
}

/** The inputs' type is good for tensor cores and maps. */
// @ts-expect-error: decorator
@inline
export function carriesInputs(o: Options, elements: bool): bool {
  return elements & has(DtypeSet.TENSOR_MAP, o.dtypeElt);
}

/**
 * The output is stored through a map that carries its type, along the dimension that its batches allow. One of a fused
 * activation has been refused.
 */
// @ts-expect-error: decorator
@inline
export function carriesOutput(o: Options): bool {
  const alongWeights = (o.transposeMmaOutput != 0) == (o.batchM == 0);
  return (o.useTmaStore != 0) & (o.useFusedAct == 0) & alongWeights & has(DtypeSet.TENSOR_MAP, o.dtypeC);
}

/**
 * No map can carry the inputs' type, though tensor cores take it, or the output's, unless it is the inputs' own.
 * @param elements whether nothing is wrong with the inputs' type so far, here and below
 */
// @ts-expect-error: decorator
@inline
export function tensorMapDtype(o: Options, elements: bool): bool {
  const dtypeC = o.dtypeC;
  const output = (o.useTmaStore == 0) | has(DtypeSet.TENSOR_MAP, dtypeC);
  return (
    (elements & !has(DtypeSet.TENSOR_MAP, o.dtypeElt)) |
    (!output & (dtypeC != o.dtypeElt) & (dtypeC != Dtype.Void))
  );
}

/** The rows of all batches' weights. */
// @ts-expect-error: decorator
@inline
function weightRows(o: Options): i64 {
  return <i64>select(o.n, o.m, o.batchM != 0) * o.numBatches;
}

// @ts-expect-error: decorator
@inline
export function tensorMapExtent(o: Options): bool {
  return weightRows(o) > MAX_TENSOR_MAP_EXTENT;
}

/** More rows of weights than a 32-bit coordinate names; more than a map can have is another rule's. */
// @ts-expect-error: decorator
@inline
export function sizeOverflow(o: Options): bool {
  const rows = weightRows(o);
  return (rows > MAX_ROWS) & (rows <= MAX_TENSOR_MAP_EXTENT);
}

/** A row of `hidden` elements is no multiple of 16 bytes; where `tile` leaves a rest of it, that has been said. */
// @ts-expect-error: decorator
@inline
function oddRow(judged: bool, hidden: i32, tile: i32, dtype: i32): bool {
  return (judged & (((hidden * bitsOf(dtype)) & 127) != 0)) && !leavesRest(hidden, tile);
}

// @ts-expect-error: decorator
@inline
export function tensorMapStride(o: Options, inputs: bool, output: bool): bool {
  const transposed = o.transposeMmaOutput != 0;
  const hidden = select(o.m, o.n, transposed);
  const tile = select(o.tileM, o.tileN, transposed);
  return (
    (oddRow(inputs, o.k, o.tileK, o.dtypeElt) && readable(bit(Slot.K))) ||
    (oddRow(output, hidden, tile, o.dtypeC) && readable(bit(transposed ? Slot.M : Slot.N)))
  );
}

/** B's or the output's tile has more rows than a box, or FP4 scales more blocks; A's has its limit in the rule set. */
// @ts-expect-error: decorator
@inline
export function tensorMapBox(o: Options, elements: bool): bool {
  const loadsB = (o.batchM != 0) | (o.routeAct == 0);
  const storesN = (o.useTmaStore != 0) & (o.transposeMmaOutput != 0);
  return (
    (loadsB & (o.tileN > MAX_TENSOR_MAP_BOX)) |
    (storesN & (o.epilogueTileN > MAX_TENSOR_MAP_BOX)) |
    (elements & (o.dtypeElt == Dtype.E2m1) & (o.tileK > SCALE_BLOCK_K * MAX_TENSOR_MAP_BOX))
  );
}

/** Rows of a tile are not 32 or 64 bytes, nor a multiple of 128. A tile whose bits wrap is too large for shared memory. */
// @ts-expect-error: decorator
@inline
function oddTile(elements: i32, dtype: i32): bool {
  const bits = elements * bitsOf(dtype);
  return ((bits & 1023) != 0) & (bits != 256) & (bits != 512);
}

// @ts-expect-error: decorator
@inline
export function tensorMapSwizzle(o: Options, inputs: bool, output: bool): bool {
  const transposed = o.transposeMmaOutput != 0;
  // DeepSeek scales fix tileK by a rule of their own.
  const ofInputs = inputs & (o.useDeepSeekFp8 == 0) & oddTile(o.tileK, o.dtypeElt);
  const ofOutput = output & oddTile(select(o.epilogueTileM, o.epilogueTileN, transposed), o.dtypeC);
  return (
    (ofInputs | ofOutput) &&
    ((ofInputs && readable(bit(Slot.TILE_K))) ||
      (ofOutput && readable(bit(transposed ? Slot.EPILOGUE_TILE_M : Slot.EPILOGUE_TILE_N))))
  );
}
