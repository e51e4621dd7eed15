import { type PointerEvent, useState } from 'react';
import { count, Figure, NumberTable, percent } from './figure.js';
import { lastWaveTiles, type OutputGrid, type TileAt, tileAt, type Waves } from './output-grid.js';

/** More lines than this would be nothing but ink. */
const mostLines = 400;

/** The output as a grid of CTA tiles: tokens from left to right, an expert after the other, the hidden dimension downwards. */
export function GridPicture({ grid, waves }: { readonly grid: OutputGrid; readonly waves: Waves }) {
  const [at, setAt] = useState<TileAt>();
  const { tokenTile, hiddenTile, tokenTiles, hiddenTiles, hidden, experts } = grid;
  const width = tokenTiles * tokenTile;
  const height = hiddenTiles * hiddenTile;
  const box = (x: number, y: number, w: number, h: number) => `M${x} ${y}h${w}v${h}h${-w}z`;
  const used = experts.map(({ first, tokens }) => box(first, 0, tokens, hidden)).join('');
  const last = lastWaveTiles(grid, waves)
    .map((one) =>
      box(one.token * tokenTile, one.hidden * hiddenTile, one.tokens * tokenTile, one.hiddens * hiddenTile),
    )
    .join('');
  const columns = tokenTiles <= mostLines ? lines(tokenTiles, (i) => `M${i * tokenTile} 0v${height}`) : '';
  const rows = hiddenTiles <= mostLines ? lines(hiddenTiles, (i) => `M0 ${i * hiddenTile}h${width}`) : '';
  const borders = experts.map(({ first }) => `M${first} 0v${height}`).join('');

  const follow = (event: PointerEvent<SVGSVGElement>) => {
    const { left, top, width: w, height: h } = event.currentTarget.getBoundingClientRect();
    const token = Math.floor(((event.clientX - left) / w) * tokenTiles);
    setAt(tileAt(grid, waves, token, Math.floor(((event.clientY - top) / h) * hiddenTiles)));
  };
  const shown = at && tileAt(grid, waves, at.token, at.hidden);

  return (
    <Figure
      title="Output tiles"
      says={
        <>
          {count(tokenTiles)} × {count(hiddenTiles)} tiles{grid.slices > 1 && ` × ${grid.slices} slices of k`}{' '}
          ={' '}
          <strong>
            {waves.persistent
              ? `${count(tokenTiles * hiddenTiles)} tiles for ${count(waves.numSms)} persistent CTAs`
              : `${count(grid.ctas)} CTAs`}
          </strong>
          ; {percent(grid.waste)} of their elements are padding
          {grid.emptyExperts > 0 && `; ${grid.emptyExperts} experts without a token take none`}
        </>
      }
      table={() => (
        <NumberTable
          head={['Expert', 'Tokens', 'Tiles', 'Padding rows', 'Padding']}
          rows={experts.map(({ expert, tokens, padded }) => [
            String(expert),
            tokens,
            padded / tokenTile,
            padded - tokens,
            percent((padded - tokens) / padded),
          ])}
        />
      )}
    >
      <div className="grid-picture">
        <span className="axis-y">
          hidden {count(hidden)} in tiles of {hiddenTile}
        </span>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${grid.tokens} tokens of ${experts.length} experts in ${tokenTiles} tiles of ${tokenTile}, by ${hiddenTiles} tiles of ${hiddenTile}`}
          onPointerMove={follow}
          onPointerLeave={() => setAt(undefined)}
        >
          <path className="padding-area" d={box(0, 0, width, height)} />
          <path className="used-area" d={used} />
          <path className="last-wave" d={last} />
          <path className="tile-lines" d={columns + rows} />
          <path className="expert-lines" d={borders} />
          {shown && (
            <path
              className="tile-at"
              d={box(shown.token * tokenTile, shown.hidden * hiddenTile, tokenTile, hiddenTile)}
            />
          )}
        </svg>
        <span className="axis-x">
          {count(grid.tokens)} tokens of {experts.length} experts, in tiles of {tokenTile}
        </span>
      </div>
      <ul className="legend">
        <li className="of-used">filled</li>
        <li className="of-padding">padding</li>
        <li className="of-last">
          {last === ''
            ? 'no partial wave'
            : `last wave: ${waves.last} of ${waves.numSms} ${waves.persistent ? 'CTAs' : 'SMs'} busy`}
        </li>
      </ul>
      <p className="hover-line">
        {shown
          ? `${waves.persistent ? 'Tile' : 'CTA'} ${count(shown.cta)}, wave ${count(shown.wave)}: expert ${shown.expert}, ${shown.tokens} of ${tokenTile} tokens, ${shown.hiddens} of ${hiddenTile} hidden`
          : 'Point at a tile for its numbers.'}
      </p>
    </Figure>
  );
}

function lines(tiles: number, line: (at: number) => string): string {
  return Array.from({ length: Math.max(0, tiles - 1) }, (_, i) => line(i + 1)).join('');
}
