import type { BatchedGemmOptions } from '@gemm-preflight/types';

/**
 * The order in which the tiles of an output are taken: so many token tiles together, and of these one channel tile after the other.
 * CTAs of a cluster take neighbouring channel tiles at the same time, and share a place.
 */
export interface TileOrder {
  readonly tokensTogether: number;
  readonly channelsTogether: number;
}

/** A grid of tiles. */
export interface Tiling {
  readonly tokenTiles: number;
  readonly hiddenTiles: number;
}

/** A rectangle of tiles. */
export interface TileRect {
  readonly token: number;
  readonly hidden: number;
  readonly tokens: number;
  readonly hiddens: number;
}

/** The order of CTAs that have a tile each: x first, which is the channels with batchN and the tokens with batchM. */
export function launchOrder(batchM: boolean): TileOrder {
  return { tokensTogether: batchM ? Number.POSITIVE_INFINITY : 1, channelsTogether: 1 };
}

/** The order of the persistent kernels: `struct Tiles` of batched-gemm-batch-n-sm90a.cu and batched-gemm-batch-m-sm90a.cu. */
export function persistentOrder({ batchM, tileM, clusterDimX }: BatchedGemmOptions): TileOrder {
  return {
    tokensTogether: batchM ? Math.max(1, Math.floor(1024 / tileM)) : 8,
    channelsTogether: Math.max(1, clusterDimX),
  };
}

/** How many places an order has. */
export function placesOf({ channelsTogether }: TileOrder, { tokenTiles, hiddenTiles }: Tiling): number {
  return tokenTiles * Math.ceil(hiddenTiles / channelsTogether);
}

/** A tile's place in the order, from 0. */
export function placeOf(order: TileOrder, tiling: Tiling, token: number, hidden: number): number {
  const { first, height, across } = groupAt(order, tiling, token);
  return first * across + Math.floor(hidden / order.channelsTogether) * height + (token - first);
}

/** The tiles from a place to the last, as few rectangles. */
export function tilesFrom(order: TileOrder, tiling: Tiling, from: number): readonly TileRect[] {
  const rects: TileRect[] = [];
  const end = placesOf(order, tiling);
  for (let place = from; place < end; ) {
    const { first, height, across } = groupAt(order, tiling, tokenAt(order, tiling, place));
    const inGroup = place - first * across;
    const tokens = height - (inGroup % height);
    const hidden = Math.floor(inGroup / height) * order.channelsTogether;
    const hiddens = Math.min(order.channelsTogether, tiling.hiddenTiles - hidden);
    const column = { token: first + (inGroup % height), hidden, tokens, hiddens };
    const last = rects.at(-1);
    if (last !== undefined && continues(last, column))
      rects[rects.length - 1] = { ...last, hiddens: last.hiddens + hiddens };
    else rects.push(column);
    place += tokens;
  }
  return rects;
}

function continues(before: TileRect, next: TileRect): boolean {
  return (
    before.token === next.token &&
    before.tokens === next.tokens &&
    before.hidden + before.hiddens === next.hidden
  );
}

/** A token tile of the group that a place is in. */
function tokenAt({ tokensTogether, channelsTogether }: TileOrder, tiling: Tiling, place: number): number {
  const together = Math.min(tokensTogether, tiling.tokenTiles);
  return Math.floor(place / (together * Math.ceil(tiling.hiddenTiles / channelsTogether))) * together;
}

/** The token tiles that are taken together with one: the first, how many, and how many places each of them has. */
function groupAt({ tokensTogether, channelsTogether }: TileOrder, tiling: Tiling, token: number) {
  const together = Math.min(tokensTogether, tiling.tokenTiles);
  const first = Math.floor(token / together) * together;
  return {
    first,
    height: Math.min(together, tiling.tokenTiles - first),
    across: Math.ceil(tiling.hiddenTiles / channelsTogether),
  };
}
