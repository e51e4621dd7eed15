import { ceilDiv } from '../engine/arithmetic';
import { listEntry, RESULT } from '../engine/memory';
import { readable } from '../engine/report';
import { Options, Slot } from '../generated/options';
import { ResultAt } from '../generated/records';

// How many CTAs a configuration launches.

/** The CTAs along the tokens of all batches; negative batches count as empty, being an error of their own. */
export function ctasAlongTokens(o: Options): i64 {
  const batchM = o.batchM != 0;
  const start = batchM ? o.batchedMStart : o.batchedNStart;
  const count = batchM ? o.batchedMCount : o.batchedNCount;
  const tile: i64 = batchM ? o.tileM : o.tileN;
  let ctas: i64 = 0;
  for (let i = 0; i < count; i++) ctas += ceilDiv(max(0, listEntry(start, i)), tile);
  return ctas;
}

/** Writes the grid to the result record. Returns whether it can be known. */
export function layOutGrid(o: Options): bool {
  const batchM = o.batchM != 0;
  const sizes =
    ((<u64>1) << Slot.TILE_M) | ((<u64>1) << Slot.TILE_N) | ((<u64>1) << (batchM ? Slot.N : Slot.M));
  if (!readable(sizes)) return false;
  const tokens = <f64>ctasAlongTokens(o);
  const weights = <f64>(batchM ? ceilDiv(o.n, o.tileN) : ceilDiv(o.m, o.tileM));
  const at = RESULT + ResultAt.GRID;
  store<f64>(at, batchM ? tokens : weights);
  store<f64>(at, batchM ? weights : tokens, 8);
  store<f64>(at, o.projGateNumSplitKSlices, 16);
  return true;
}
