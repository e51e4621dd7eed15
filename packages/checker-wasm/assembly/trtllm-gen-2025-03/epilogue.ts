import { leavesRest } from '../engine/arithmetic';
import { Cause, M_TILE, N_TILE, when } from '../engine/cause';
import { adjusting, set } from '../engine/adjust';
import { Options, Slot } from '../generated/options';
import { Rule } from '../generated/rules';
import { blackwell } from './mma';

// Epilogue tiles, TMA stores and the shuffled layout of A.

// @ts-expect-error: decorator
@inline
export function epilogueTileM(o: Options): Options {
  if (!leavesRest(o.tileM, o.epilogueTileM)) return o;
  const to = adjusting(o, Rule.EPILOGUE_TILE_M);
  if (to === null) return o;
  set(to, Slot.EPILOGUE_TILE_M, o.tileM);
  return to;
}

// @ts-expect-error: decorator
@inline
export function epilogueTileN(o: Options): Options {
  if (!leavesRest(o.tileN, o.epilogueTileN)) return o;
  const to = adjusting(o, Rule.EPILOGUE_TILE_N);
  if (to === null) return o;
  set(to, Slot.EPILOGUE_TILE_N, o.tileN);
  return to;
}

/** Reported on every Hopper target, also when nothing changes. */
// @ts-expect-error: decorator
@inline
export function hopperEpilogueTile(o: Options): Options {
  if (blackwell()) return o;
  const to = adjusting(o, Rule.HOPPER_EPILOGUE_TILE);
  if (to === null) return o;
  set(to, Slot.EPILOGUE_TILE_M, o.tileM);
  set(to, Slot.EPILOGUE_TILE_N, o.tileN);
  return to;
}

// @ts-expect-error: decorator
@inline
export function mmaM128EpilogueTile(o: Options): Options {
  if (o.mmaM != 128 || o.epilogueTileM == o.tileM) return o;
  const to = adjusting(o, Rule.MMA_M_128_EPILOGUE_TILE);
  if (to === null) return o;
  set(to, Slot.EPILOGUE_TILE_M, o.tileM);
  return to;
}

// @ts-expect-error: decorator
@inline
export function tmaStoreCoversTile(o: Options): bool {
  const transposed = o.transposeMmaOutput != 0;
  return (o.useTmaStore != 0) & (select(o.m, o.n, transposed) < select(o.tileM, o.tileN, transposed));
}

export function tmaStoreCoversTileCauses(o: Options): Cause {
  if (o.useTmaStore == 0) return 0;
  return o.transposeMmaOutput != 0
    ? when(o.m < o.tileM, M_TILE)
    : when(o.n < o.tileN, N_TILE);
}

// @ts-expect-error: decorator
@inline
export function tmaStoreDividesHidden(o: Options): bool {
  const transposed = o.transposeMmaOutput != 0;
  return (o.useTmaStore != 0) & leavesRest(select(o.m, o.n, transposed), select(o.tileM, o.tileN, transposed));
}

export function tmaStoreDividesHiddenCauses(o: Options): Cause {
  if (o.useTmaStore == 0) return 0;
  return o.transposeMmaOutput != 0
    ? when(leavesRest(o.m, o.tileM), M_TILE)
    : when(leavesRest(o.n, o.tileN), N_TILE);
}

// @ts-expect-error: decorator
@inline
export function shuffleBlockDividesM(o: Options): bool {
  return (o.useShuffledMatrixA != 0) & ((o.m & select(31, 15, (o.epilogueTileM & 127) == 0)) != 0);
}

// @ts-expect-error: decorator
@inline
export function mmaFitsEpilogueTile(o: Options): bool {
  return (o.mmaM > o.epilogueTileM) | (o.mmaN > o.epilogueTileN);
}

// @ts-expect-error: decorator
@inline
export function epilogueTileDividesTile(o: Options): bool {
  return leavesRest(o.tileM, o.epilogueTileM) | leavesRest(o.tileN, o.epilogueTileN);
}

// @ts-expect-error: decorator
@inline
export function tileMLimit(o: Options): bool {
  return o.tileM > 128;
}

// @ts-expect-error: decorator
@inline
export function shuffleNeedsTransposedOutput(o: Options): bool {
  return (o.useShuffledMatrixA != 0) & (o.transposeMmaOutput == 0);
}
