import { many, NumberTable, percent } from './figure.js';
import { type OutputGrid, tileAt, type Waves } from './output-grid.js';

/** The numbers of the grid: of all of it, of a tile at its edge, and of each expert, those without tokens included. */
export function GridTable({ grid, waves }: { readonly grid: OutputGrid; readonly waves: Waves }) {
  const { tokenTile, hiddenTile, tokenTiles, hiddenTiles, hidden, tokens } = grid;
  const perTokenTile = hiddenTiles * waves.slices;
  const paddedHidden = hiddenTiles * hiddenTile;
  const what = waves.persistent ? 'Tiles' : 'CTAs';
  const rows = new Map(grid.experts.map((one) => [one.expert, one]));
  const experts = Array.from({ length: grid.experts.length + grid.emptyExperts }, (_, expert) => {
    const one = rows.get(expert);
    if (one === undefined) return [String(expert), 0, 0, 0, '', '', '', 0, ''];
    const [from, to] = [one.first / tokenTile, (one.first + one.padded) / tokenTile - 1];
    const [first, last] = [tileAt(grid, waves, from, 0), tileAt(grid, waves, to, hiddenTiles - 1)];
    return [
      String(expert),
      one.tokens,
      one.padded / tokenTile,
      (one.padded / tokenTile) * perTokenTile,
      first?.number ?? '',
      first && last ? range(first.wave, last.lastWave) : '',
      last?.tokens ?? '',
      one.padded - one.tokens,
      percent(1 - (one.tokens * hidden) / (one.padded * paddedHidden)),
    ];
  });
  return (
    <>
      <NumberTable
        caption="All of it"
        head={['What', 'Number']}
        rows={[
          ['Tokens in a tile', tokenTile],
          ['Hidden in a tile', hiddenTile],
          ['Hidden in the last tile', hidden - (hiddenTiles - 1) * hiddenTile],
          ['Hidden that is padding', paddedHidden - hidden],
          ['Tiles along the tokens', tokenTiles],
          ['Tiles along hidden', hiddenTiles],
          ['Slices of k', waves.slices],
          ['Tiles of all slices', waves.tiles],
          [waves.persistent ? 'Persistent CTAs' : 'CTAs', waves.ctas],
          ...(waves.cluster > 1 ? [['CTAs in a cluster', waves.cluster]] : []),
          ['Order', orderOf(grid, waves)],
          ['Tiles at a time', waves.numSms],
          ['Waves', waves.count],
          [
            'Last wave',
            `${many(waves.last, waves.persistent ? 'tile' : 'CTA')}, ${many(waves.numSms - waves.last, 'SM')} idle`,
          ],
        ]}
      />
      <NumberTable
        caption="By expert"
        head={[
          'Expert',
          'Tokens',
          'Token tiles',
          what,
          waves.persistent ? 'First tile' : 'First CTA',
          'Waves',
          'Tokens in its last tile',
          'Padding rows',
          'Padding',
        ]}
        rows={[
          ...experts,
          [
            'Total',
            tokens,
            tokenTiles,
            tokenTiles * perTokenTile,
            '',
            range(1, waves.count),
            '',
            tokenTiles * tokenTile - tokens,
            percent(grid.waste),
          ],
        ]}
      />
    </>
  );
}

function range(from: number, to: number): string {
  const [first, last] = [from.toLocaleString('en'), to.toLocaleString('en')];
  return from === to ? first : `${first}\u00a0to\u00a0${last}`;
}

/** How a tile's number follows from its place. */
function orderOf({ tokenTiles }: OutputGrid, { order, slices, persistent }: Waves): string {
  const { tokensTogether, channelsTogether } = order;
  const along =
    tokensTogether >= tokenTiles
      ? 'all along the tokens'
      : tokensTogether === 1
        ? 'all along hidden, then the next along the tokens'
        : `${tokensTogether} along the tokens`;
  const then =
    tokensTogether === 1
      ? ''
      : channelsTogether === 1
        ? ', then the next along hidden'
        : `, of which each has ${channelsTogether} along hidden, then the next along hidden`;
  const ofSlices = persistent ? ', all slices of each at a time' : ', then the next slice';
  return `${along}${then}${slices > 1 ? ofSlices : ''}`;
}
