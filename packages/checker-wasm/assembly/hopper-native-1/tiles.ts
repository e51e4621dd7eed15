import { adjusting, setRarely } from '../engine/adjust';
import { Dtype } from '../generated/dtypes';
import { Options, Slot } from '../generated/options';
import { Rule } from '../generated/rules';

// Tiles, and what follows from them. Types have been found to be those of the kernels; where they are not, E4m3 or not is all that
// counts here.

/** Rows that a warpgroup multiplies, and stores. */
const WARPGROUP_ROWS: i32 = 64;

// @ts-expect-error: decorator
@inline
export function hopperInstruction(o: Options): Options {
  const depth = select(32, 16, o.dtypeElt == Dtype.E4m3);
  if ((o.mmaM == WARPGROUP_ROWS) & (o.mmaN == o.tileN) & (o.mmaK == depth)) return o;
  const to = adjusting(o, Rule.HOPPER_INSTRUCTION);
  if (to === null) return o;
  setRarely(to, Slot.MMA_M, WARPGROUP_ROWS);
  setRarely(to, Slot.MMA_N, o.tileN);
  setRarely(to, Slot.MMA_K, depth);
  return to;
}

// @ts-expect-error: decorator
@inline
export function hopperTileK(o: Options): Options {
  const stage = select(128, 64, o.dtypeElt == Dtype.E4m3);
  if (o.tileK == stage) return o;
  const to = adjusting(o, Rule.HOPPER_TILE_K);
  if (to === null) return o;
  setRarely(to, Slot.TILE_K, stage);
  return to;
}

// @ts-expect-error: decorator
@inline
export function warpgroupEpilogueTile(o: Options): Options {
  if ((o.epilogueTileM == WARPGROUP_ROWS) & (o.epilogueTileN == o.tileN)) return o;
  const to = adjusting(o, Rule.WARPGROUP_EPILOGUE_TILE);
  if (to === null) return o;
  setRarely(to, Slot.EPILOGUE_TILE_M, WARPGROUP_ROWS);
  setRarely(to, Slot.EPILOGUE_TILE_N, o.tileN);
  return to;
}

/** A size is a power of two from `least` to `most`. */
// @ts-expect-error: decorator
@inline
export function isPowerWithin(size: i32, least: i32, most: i32): bool {
  return (popcnt(size) == 1) & (size >= least) & (size <= most);
}

// @ts-expect-error: decorator
@inline
export function hopperTile(o: Options): bool {
  const batchM = o.batchM != 0;
  return !(isPowerWithin(o.tileM, 128, select(256, 128, batchM)) & isPowerWithin(o.tileN, select(128, 8, batchM), 128));
}

// @ts-expect-error: decorator
@inline
export function pipelineStages(o: Options): bool {
  return o.numStages < 2;
}
