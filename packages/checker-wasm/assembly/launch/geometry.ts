import { ceilDiv } from '../engine/arithmetic';
import { listEntry, RESULT } from '../engine/memory';
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

/** Writes the grid to the result record. Returns whether it can be known. */
export function layOutGrid(o: Options): bool {
  const batchM = o.batchM != 0;
  if (!readable(bit(Slot.TILE_M) | bit(Slot.TILE_N) | bit(batchM ? Slot.N : Slot.M))) return false;
  const tokens = <f64>ctasAlongTokens(o);
  const weights = <f64>(batchM ? ceilDiv(o.n, o.tileN) : ceilDiv(o.m, o.tileM));
  const at = RESULT + ResultAt.GRID;
  store<f64>(at, batchM ? tokens : weights);
  store<f64>(at, batchM ? weights : tokens, 8);
  store<f64>(at, o.projGateNumSplitKSlices, 16);
  return true;
}
