import type { BatchedGemmOptions, LaunchGeometry } from '@gemm-preflight/types';

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
  /** CTAs along z, each of which works on a slice of k. */
  readonly slices: number;
  readonly hidden: number;
  readonly tokens: number;
  /** Experts with tokens, in their order. */
  readonly experts: readonly ExpertRows[];
  readonly emptyExperts: number;
  /** Tiles of all slices: as many CTAs, unless these are persistent. */
  readonly ctas: number;
  /** Share of the elements of all tiles that no token and no row of weights fills. */
  readonly waste: number;
  /** Which side a CTA's number runs along first. */
  readonly firstAlong: 'tokens' | 'hidden';
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
    firstAlong: o.batchM ? 'tokens' : 'hidden',
  };
}

/** Tiles dealt out to SMs, one to each at a time. */
export interface Waves {
  /** Tiles that are worked on at a time: one an SM, or one a CTA where CTAs are persistent. */
  readonly numSms: number;
  /** The CTAs stay, and work off tile after tile. */
  readonly persistent: boolean;
  readonly count: number;
  /** CTAs of the last wave, 1 to `numSms`. */
  readonly last: number;
}

/** The waves of so many CTAs, each of which has a tile. */
export function wavesOf(ctas: number, numSms: number): Waves {
  const count = Math.ceil(ctas / numSms);
  return { numSms, persistent: false, count, last: ctas - (count - 1) * numSms };
}

/** The waves of a checked configuration's tiles. */
export function wavesOfLaunch(grid: OutputGrid, launch: LaunchGeometry | null, numSms: number): Waves {
  if (launch?.persistentCtas === undefined) return wavesOf(grid.ctas, numSms);
  return { ...wavesOf(grid.tokenTiles * grid.hiddenTiles, launch.grid.x), persistent: true };
}

/** A rectangle of tiles. */
export interface TileRect {
  readonly token: number;
  readonly hidden: number;
  readonly tokens: number;
  readonly hiddens: number;
}

/** The tiles of the last wave where it leaves SMs idle, as rectangles; of several slices of k, those of the last. */
export function lastWaveTiles(grid: OutputGrid, waves: Waves): readonly TileRect[] {
  if (waves.last === waves.numSms) return [];
  const { tokenTiles, hiddenTiles } = grid;
  const perSlice = tokenTiles * hiddenTiles;
  const from = Math.max(0, perSlice - waves.last);
  const alongHidden = grid.firstAlong === 'hidden';
  const length = alongHidden ? hiddenTiles : tokenTiles;
  const line = Math.floor(from / length);
  const start = from % length;
  const rest = (alongHidden ? tokenTiles : hiddenTiles) - line - 1;
  const rects = alongHidden
    ? [
        { token: line, hidden: start, tokens: 1, hiddens: length - start },
        { token: line + 1, hidden: 0, tokens: rest, hiddens: hiddenTiles },
      ]
    : [
        { token: start, hidden: line, tokens: length - start, hiddens: 1 },
        { token: 0, hidden: line + 1, tokens: tokenTiles, hiddens: rest },
      ];
  return rects.filter(({ tokens, hiddens }) => tokens > 0 && hiddens > 0);
}

/** What one tile holds. */
export interface TileAt {
  readonly token: number;
  readonly hidden: number;
  readonly expert: number;
  readonly tokens: number;
  readonly hiddens: number;
  /** The number of its CTA in the first slice, and the wave that this is in. */
  readonly cta: number;
  readonly wave: number;
}

/** The tile at a place of the grid; undefined outside of it. */
export function tileAt(grid: OutputGrid, waves: Waves, token: number, hidden: number): TileAt | undefined {
  const { tokenTile, hiddenTile, tokenTiles, hiddenTiles } = grid;
  if (token < 0 || hidden < 0 || token >= tokenTiles || hidden >= hiddenTiles) return undefined;
  const row = token * tokenTile;
  const rows = grid.experts.find(({ first, padded }) => row >= first && row < first + padded);
  if (rows === undefined) return undefined;
  const cta = grid.firstAlong === 'hidden' ? token * hiddenTiles + hidden : hidden * tokenTiles + token;
  return {
    token,
    hidden,
    expert: rows.expert,
    tokens: Math.min(tokenTile, rows.first + rows.tokens - row),
    hiddens: Math.min(hiddenTile, grid.hidden - hidden * hiddenTile),
    cta,
    wave: Math.floor(cta / waves.numSms) + 1,
  };
}
