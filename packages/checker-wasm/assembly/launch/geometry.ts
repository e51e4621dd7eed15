import { ceilDiv } from '../engine/arithmetic';
import { listEntry, RESULT, target } from '../engine/memory';
import { bit, readable } from '../engine/record';
import { Options, Slot } from '../generated/options';
import { ResultAt } from '../generated/records';

// How many CTAs a configuration launches.

/** The sign bit of the last list whose CTAs were counted: set where a batch was negative. */
export let anyNegative: i32 = 0;

/**
 * The CTAs along the tokens of all batches; negative batches count as empty, being an error of their own. A tile below 1, an
 * error of its own too, counts as 1.
 */
export function ctasAlongTokens(o: Options): i64 {
  const batchM = o.batchM != 0;
  const start = select(o.batchedMStart, o.batchedNStart, batchM);
  const count = select(o.batchedMCount, o.batchedNCount, batchM);
  const tile: u32 = max(1, select(o.tileM, o.tileN, batchM));
  const isPower = (tile & (tile - 1)) == 0;
  const shift = ctz(tile);
  let ctas: i64 = 0;
  let signs = 0;
  for (let i = 0; i < count; i++) {
    const tokens = listEntry(start, i);
    signs |= tokens;
    // Two 31-bit numbers: their sum has 32.
    const end: u32 = <u32>max(0, tokens) + (tile - 1);
    ctas += isPower ? end >> shift : end / tile;
  }
  anyNegative = signs;
  return ctas;
}

/** Whether the tile that cuts the tokens can be read. */
export function readsTokenTile(o: Options): bool {
  return readable(bit(o.batchM != 0 ? Slot.TILE_M : Slot.TILE_N));
}

/** Whether tiles can be counted along channels and tokens. */
// @ts-expect-error: decorator
@inline
function readsTiles(o: Options): bool {
  return readable(bit(Slot.TILE_M) | bit(Slot.TILE_N) | bit(o.batchM != 0 ? Slot.N : Slot.M));
}

/** The tiles along the channels. */
// @ts-expect-error: decorator
@inline
function tilesAlongChannels(o: Options): f64 {
  return <f64>(o.batchM != 0 ? ceilDiv(o.n, o.tileN) : ceilDiv(o.m, o.tileM));
}

/** @param most of a grid whose CTAs work off all tiles: the most CTAs along x; else 0 */
function storeGrid(x: f64, y: f64, z: i32, most: i32): void {
  const at = RESULT + ResultAt.GRID;
  store<f64>(at, x);
  store<f64>(at, y, 8);
  store<f64>(at, z, 16);
  store<i32>(RESULT + ResultAt.PERSISTENT_CTAS, most);
}

/** Writes a grid that has a CTA for each tile to the result record. Returns whether it can be known. */
export function layOutGrid(o: Options): bool {
  if (!readsTiles(o)) return false;
  const batchM = o.batchM != 0;
  const tokens = <f64>ctasAlongTokens(o);
  const channels = tilesAlongChannels(o);
  storeGrid(batchM ? tokens : channels, batchM ? channels : tokens, o.projGateNumSplitKSlices, 0);
  return true;
}

/**
 * Writes a grid of persistent CTAs to the result record: one for each multiprocessor, in whole clusters, or fewer where there are
 * fewer tiles. Returns whether it can be known.
 */
export function layOutPersistentGrid(o: Options): bool {
  if (!readsTiles(o) || !readable(bit(Slot.NUM_SLICES_FOR_SPLIT_K))) return false;
  const most = max(1, target().numSms);
  const cluster = <f64>o.clusterDimX;
  const ctas = min(<f64>ctasAlongTokens(o) * tilesAlongChannels(o), <f64>most);
  storeGrid(max(1, floor(ctas / cluster)) * cluster, 1, o.numSlicesForSplitK, most);
  return true;
}
