import type { BatchedGemmOptions, LaunchGeometry } from '@gemm-preflight/types';
import {
  launchOrder,
  persistentOrder,
  placeOf,
  placesOf,
  type TileOrder,
  type TileRect,
  tilesFrom,
} from './tile-order.js';

/** The tokens of one expert in the padded token space. */
export interface ExpertRows {
  readonly expert: number;
  readonly tokens: number;
  /** First row, and rows of whole tiles. */
  readonly first: number;
  readonly padded: number;
}

/** The output as CTAs work on it: whole tiles along the padded tokens, and along the other side, the hidden dimension. */
export interface OutputGrid {
  readonly tokenTile: number;
  readonly hiddenTile: number;
  readonly tokenTiles: number;
  readonly hiddenTiles: number;
  /** CTAs along z, each of which works on a slice of k, where each tile has a CTA of its own. */
  readonly slices: number;
  readonly hidden: number;
  readonly tokens: number;
  /** Experts with tokens, in their order. */
  readonly experts: readonly ExpertRows[];
  readonly emptyExperts: number;
  /** CTAs where each tile of each slice has one: what persistent CTAs share is in {@link Waves}. */
  readonly ctas: number;
  /** Share of the elements of all tiles that no token and no row of weights fills. */
  readonly waste: number;
  readonly launchOrder: TileOrder;
  /** What persistent CTAs do: the order that they take tiles in, and those of a cluster that share one along z. */
  readonly persistentOrder: TileOrder;
  readonly clusterSlices: number;
}

/** The grid of a configuration; undefined where its sizes make none. */
export function outputGrid(o: BatchedGemmOptions): OutputGrid | undefined {
  const [tokenTile, hiddenTile] = o.batchM ? [o.tileM, o.tileN] : [o.tileN, o.tileM];
  const hidden = o.batchM ? o.n : o.m;
  const counts = o.batchM ? o.batchedM : o.batchedN;
  if (!(tokenTile >= 1 && hiddenTile >= 1 && hidden >= 1) || counts.some((count) => count < 0))
    return undefined;
  const experts: ExpertRows[] = [];
  let first = 0;
  for (const [expert, tokens] of counts.entries()) {
    if (tokens === 0) continue;
    const padded = Math.ceil(tokens / tokenTile) * tokenTile;
    experts.push({ expert, tokens, first, padded });
    first += padded;
  }
  if (first === 0) return undefined;
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  const tokenTiles = first / tokenTile;
  const hiddenTiles = Math.ceil(hidden / hiddenTile);
  const slices = Math.max(1, o.projGateNumSplitKSlices);
  return {
    tokenTile,
    hiddenTile,
    tokenTiles,
    hiddenTiles,
    slices,
    hidden,
    tokens,
    experts,
    emptyExperts: counts.length - experts.length,
    ctas: tokenTiles * hiddenTiles * slices,
    waste: 1 - (tokens * hidden) / (first * hiddenTiles * hiddenTile),
    launchOrder: launchOrder(o.batchM),
    persistentOrder: persistentOrder(o),
    clusterSlices: Math.max(1, o.clusterDimZ),
  };
}

/** Tiles dealt out to SMs, one to each at a time. */
export interface Waves {
  /** Tiles that are worked on at a time, one an SM; SMs that no whole cluster of persistent CTAs fits on have none. */
  readonly numSms: number;
  /** The SMs that no whole cluster fits on. */
  readonly unusedSms: number;
  /** The CTAs stay, and work off tile after tile. */
  readonly persistent: boolean;
  /** CTAs of the launch. */
  readonly ctas: number;
  /** CTAs of a cluster that go from tile to tile together; 1 where each tile has a CTA of its own. */
  readonly cluster: number;
  /** Parts of k, each of which is a tile of its own here. */
  readonly slices: number;
  /** Tiles of all slices. */
  readonly tiles: number;
  readonly count: number;
  /** Tiles of the last wave, 1 to `numSms`. */
  readonly last: number;
  readonly order: TileOrder;
}

/** The waves of a grid each tile of which has a CTA. */
export function wavesOf(grid: OutputGrid, numSms: number): Waves {
  const { ctas, slices } = grid;
  return {
    numSms,
    unusedSms: 0,
    persistent: false,
    ctas,
    cluster: 1,
    slices,
    tiles: ctas,
    ...countOf(ctas, numSms),
    order: grid.launchOrder,
  };
}

/** The waves of a checked configuration's tiles; with persistent CTAs as the checker's `kernelCost` counts them. */
export function wavesOfLaunch(grid: OutputGrid, launch: LaunchGeometry | null, numSms: number): Waves {
  if (launch?.persistentCtas === undefined) return wavesOf(grid, numSms);
  const { persistentOrder: order, clusterSlices: slices } = grid;
  const cluster = order.channelsTogether * slices;
  const atATime = Math.max(1, Math.floor(launch.persistentCtas / cluster)) * cluster;
  const tiles = placesOf(order, grid) * cluster;
  return {
    numSms: atATime,
    unusedSms: Math.max(0, launch.persistentCtas - atATime),
    persistent: true,
    ctas: launch.grid.x * launch.grid.y * launch.grid.z,
    cluster,
    slices,
    tiles,
    ...countOf(tiles, atATime),
    order,
  };
}

function countOf(tiles: number, atATime: number): Pick<Waves, 'count' | 'last'> {
  const count = Math.ceil(tiles / atATime);
  return { count, last: tiles - (count - 1) * atATime };
}

/** The tiles of the last wave where it leaves SMs idle, as rectangles; of slices that come one after the other, those of the last. */
export function lastWaveTiles(grid: OutputGrid, waves: Waves): readonly TileRect[] {
  if (waves.last === waves.numSms) return [];
  const from = placesOf(waves.order, grid) - waves.last / waves.cluster;
  return tilesFrom(waves.order, grid, Math.max(0, from));
}

/** What one tile holds. */
export interface TileAt {
  readonly token: number;
  readonly hidden: number;
  readonly expert: number;
  readonly tokens: number;
  readonly hiddens: number;
  /** Its number in the order, in the first slice. */
  readonly number: number;
  /** The waves that its first and its last slice are in. */
  readonly wave: number;
  readonly lastWave: number;
}

/** The tile at a place of the grid; undefined outside of it. */
export function tileAt(grid: OutputGrid, waves: Waves, token: number, hidden: number): TileAt | undefined {
  const { tokenTile, hiddenTile, tokenTiles, hiddenTiles } = grid;
  if (!(token >= 0 && hidden >= 0 && token < tokenTiles && hidden < hiddenTiles)) return undefined;
  const row = token * tokenTile;
  const rows = grid.experts.find(({ first, padded }) => row >= first && row < first + padded);
  if (rows === undefined) return undefined;
  const { order, cluster, numSms, persistent, slices } = waves;
  const place = placeOf(order, grid, token, hidden);
  // Slices in a cluster are worked on at the same time; those of a grid one after the other.
  const lastPlace = persistent ? place : place + (slices - 1) * placesOf(order, grid);
  const waveOf = (at: number) => Math.floor((at * cluster) / numSms) + 1;
  return {
    token,
    hidden,
    expert: rows.expert,
    tokens: Math.min(tokenTile, rows.first + rows.tokens - row),
    hiddens: Math.min(hiddenTile, grid.hidden - hidden * hiddenTile),
    number: place * order.channelsTogether + (hidden % order.channelsTogether),
    wave: waveOf(place),
    lastWave: waveOf(lastPlace),
  };
}
