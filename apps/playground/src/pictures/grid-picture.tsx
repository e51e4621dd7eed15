import { type PointerEvent, useMemo, useState } from 'react';
import { count, Figure, many, percent } from './figure.js';
import { GridTable } from './grid-table.js';
import { lastWaveTiles, type OutputGrid, type TileAt, tileAt, type Waves } from './output-grid.js';
import { unlessTouched } from './pointed.js';
import { tokenShares, wideExperts } from './token-shares.js';
import { type Size, useSize } from './use-size.js';

/** Lines closer than so many pixels would be nothing but ink. */
const pixelsBetween = { tiles: 4, experts: 6 };
/** Pixels of a part that stands for several experts. */
const pixelsOfPart = 6;
/** Shares are told apart in so many steps. */
const shareSteps = 20;

/** The output as a grid of CTA tiles: tokens from left to right, an expert after the other, the hidden dimension downwards. */
export function GridPicture({ grid, waves }: { readonly grid: OutputGrid; readonly waves: Waves }) {
  const [at, setAt] = useState<TileAt>();
  const [ref, size] = useSize<SVGSVGElement>();
  const { tokenTile, hiddenTile, tokenTiles, hiddenTiles, hidden, experts } = grid;
  const width = tokenTiles * tokenTile;
  const height = hiddenTiles * hiddenTile;
  const { used, shares, last, tiles, borders } = useMemo(
    () => pathsOf(grid, waves, size),
    [grid, waves, size],
  );

  const follow = (event: PointerEvent<SVGSVGElement>) => {
    const { left, top, width: w, height: h } = event.currentTarget.getBoundingClientRect();
    const token = Math.floor(((event.clientX - left) / w) * tokenTiles);
    setAt(tileAt(grid, waves, token, Math.floor(((event.clientY - top) / h) * hiddenTiles)));
  };
  const shown = at && tileAt(grid, waves, at.token, at.hidden);
  const here = shown && box(shown.token * tokenTile, shown.hidden * hiddenTile, tokenTile, hiddenTile);
  const ofExperts = many(experts.length, 'expert');

  return (
    <Figure
      title="Output tiles"
      says={
        <>
          {count(tokenTiles)} × {count(hiddenTiles)} tiles
          {waves.slices > 1 && ` × ${count(waves.slices)} slices of k`} = <strong>{launchOf(waves)}</strong>;{' '}
          {percent(grid.waste)} of their elements are padding
          {grid.emptyExperts > 0 &&
            `; ${many(grid.emptyExperts, 'expert')} without a token ${grid.emptyExperts === 1 ? 'takes' : 'take'} none`}
        </>
      }
      table={() => <GridTable grid={grid} waves={waves} />}
    >
      <div className="grid-picture">
        <span className="axis-y">
          hidden {count(hidden)} in tiles of {count(hiddenTile)}
        </span>
        <svg
          ref={ref}
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${many(grid.tokens, 'token')} of ${ofExperts} in ${many(tokenTiles, 'tile')} of ${tokenTile}, by ${many(hiddenTiles, 'tile')} of ${hiddenTile}`}
          onPointerDown={follow}
          onPointerMove={follow}
          onPointerLeave={unlessTouched(() => setAt(undefined))}
        >
          <path className="padding-area" d={box(0, 0, width, height)} />
          <path className="used-area" d={used} />
          {shares.map(({ d, share }) => (
            <path key={share} className="used-area" fillOpacity={share} d={d} />
          ))}
          <path className="tile-lines" d={tiles} />
          <path className="expert-edges" d={borders} />
          <path className="expert-lines" d={borders} />
          <path className="last-wave-edge" d={last} />
          <path className="last-wave" d={last} />
          {here && <path className="tile-at-edge" d={here} />}
          {here && <path className="tile-at" d={here} />}
        </svg>
        <span className="axis-x">
          {many(grid.tokens, 'token')} of {ofExperts}, in tiles of {count(tokenTile)}
        </span>
      </div>
      <ul className="legend">
        <li className="of-used">filled</li>
        {shares.length > 0 && <li className="of-half">filled in part, by the share of it</li>}
        <li className="of-padding">padding</li>
        {last === '' ? (
          <li className="of-nothing">no partial wave</li>
        ) : (
          <li className="of-last">
            last wave: {waves.last} of {many(waves.numSms, 'SM')} busy
          </li>
        )}
      </ul>
      <p className="hover-line">{shown ? saysOf(grid, waves, shown) : 'Point at a tile for its numbers.'}</p>
    </Figure>
  );
}

function launchOf({ persistent, tiles, ctas, cluster }: Waves): string {
  if (!persistent) return many(ctas, 'CTA');
  const clusters = cluster > 1 ? `, in clusters of ${cluster}` : '';
  return `${many(tiles, 'tile')} for ${many(ctas, 'persistent CTA')}${clusters}`;
}

function saysOf(grid: OutputGrid, waves: Waves, tile: TileAt): string {
  const { tokenTile, hiddenTile } = grid;
  const wave =
    tile.wave === tile.lastWave
      ? `wave ${count(tile.wave)}`
      : `waves ${count(tile.wave)} to ${count(tile.lastWave)}, slice by slice`;
  // Numbers count within a slice.
  const which = waves.slices === 1 ? '' : waves.persistent ? ' of each slice' : ' of the first slice';
  return `${waves.persistent ? 'Tile' : 'CTA'} ${count(tile.number)}${which}, ${wave}: expert ${tile.expert}, ${tile.tokens} of ${many(tokenTile, 'token')}, ${tile.hiddens} of ${hiddenTile} hidden`;
}

/** What is drawn on so many pixels. */
function pathsOf(grid: OutputGrid, waves: Waves, size: Size) {
  const { tokenTile, hiddenTile, tokenTiles, hiddenTiles, hidden, experts } = grid;
  const width = tokenTiles * tokenTile;
  const height = hiddenTiles * hiddenTile;
  const leastRows = (pixelsBetween.experts / Math.max(1, size.width)) * width;
  const seen = experts.length * leastRows <= width;
  const columns = seen && tokenTiles * pixelsBetween.tiles <= size.width;
  const rows = seen && hiddenTiles * pixelsBetween.tiles <= size.height;
  return {
    used: seen ? experts.map(({ first, tokens }) => box(first, 0, tokens, hidden)).join('') : '',
    shares: seen ? [] : sharesOf(grid, size.width / pixelsOfPart),
    last: lastWaveTiles(grid, waves)
      .map((one) =>
        box(one.token * tokenTile, one.hidden * hiddenTile, one.tokens * tokenTile, one.hiddens * hiddenTile),
      )
      .join(''),
    tiles:
      (columns ? lines(tokenTiles, (i) => `M${i * tokenTile} 0v${height}`) : '') +
      (rows ? lines(hiddenTiles, (i) => `M0 ${i * hiddenTile}h${width}`) : ''),
    borders: wideExperts(grid, leastRows)
      .map(({ first }) => `M${first} 0v${height}`)
      .join(''),
  };
}

/** A path for each share that occurs, which is its opacity over the padding. */
function sharesOf(
  grid: OutputGrid,
  mostParts: number,
): readonly { readonly share: number; readonly d: string }[] {
  const byShare = new Map<number, string>();
  for (const { token, tokens, filled } of tokenShares(grid, mostParts)) {
    const share = Math.round(filled * shareSteps) / shareSteps;
    const d = box(token * grid.tokenTile, 0, tokens * grid.tokenTile, grid.hidden);
    byShare.set(share, (byShare.get(share) ?? '') + d);
  }
  return [...byShare].map(([share, d]) => ({ share, d }));
}

function box(x: number, y: number, w: number, h: number): string {
  return `M${x} ${y}h${w}v${h}h${-w}z`;
}

function lines(tiles: number, line: (at: number) => string): string {
  return Array.from({ length: Math.max(0, tiles - 1) }, (_, i) => line(i + 1)).join('');
}
