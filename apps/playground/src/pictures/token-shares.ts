import type { ExpertRows, OutputGrid } from './output-grid.js';

/** Token tiles side by side, and the share of their rows that tokens fill. */
export interface TokenShare {
  readonly token: number;
  readonly tokens: number;
  readonly filled: number;
}

/** The tiles in at most so many parts, where experts are too many for each of them to be seen. */
export function tokenShares(grid: OutputGrid, mostParts: number): readonly TokenShare[] {
  const { tokenTile, tokenTiles, experts } = grid;
  const perPart = Math.ceil(tokenTiles / Math.max(1, Math.floor(mostParts)));
  const filled = new Array<number>(Math.ceil(tokenTiles / perPart)).fill(0);
  const rows = perPart * tokenTile;
  for (const { first, tokens } of experts) {
    for (let part = Math.floor(first / rows); part * rows < first + tokens; part++) {
      const from = Math.max(first, part * rows);
      filled[part] = (filled[part] ?? 0) + Math.min(first + tokens, (part + 1) * rows) - from;
    }
  }
  return filled.map((tokens, part) => {
    const tiles = Math.min(perPart, tokenTiles - part * perPart);
    return { token: part * perPart, tokens: tiles, filled: tokens / (tiles * tokenTile) };
  });
}

/** Experts that are so wide, in rows, that a line before them can be told from the next. */
export function wideExperts({ experts }: OutputGrid, leastRows: number): readonly ExpertRows[] {
  return experts.filter(({ padded }) => padded >= leastRows);
}
