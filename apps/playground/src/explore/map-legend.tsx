import { count, percent } from '../pictures/figure.js';
import type { Explore } from '../state/state.js';
import { css, type LegendEntry, legendOf, ofOthers, type Rgb, wasteEnds, wasteRange } from './colours.js';
import type { OptionMap } from './map.js';

/** What the colours of a map stand for, and how many cells are of each. */
export function MapLegend({ map, colour }: { readonly map: OptionMap; readonly colour: Explore['colour'] }) {
  const legend = legendOf(map);
  const others = legend.filter(({ shared }) => shared);
  const shown = ({ name, colour: own }: LegendEntry): string =>
    colour === 'rule' ? css(own) : name === 'can run' ? ofWaste : css(ofOthers);
  const row = (entry: LegendEntry) => (
    <tr key={entry.name} className={entry.shared ? 'one-of-others' : undefined}>
      <th scope="row">
        {!(entry.shared && colour === 'rule') && <Swatch background={shown(entry)} />}
        {entry.name === 'can run' ? (
          'none: can run'
        ) : (
          <a href={`./rules/${entry.name}.html`} target="_blank" rel="noreferrer">
            {entry.name}
          </a>
        )}
      </th>
      <Cells cells={entry.cells} of={map.rules.length} />
    </tr>
  );
  return (
    <div className="map-legend">
      {colour === 'padding' && <WasteScale map={map} />}
      <table className="numbers">
        <caption>{colour === 'rule' ? 'Colours' : 'Refused by'}</caption>
        <thead>
          <tr>
            <th scope="col">First failing rule</th>
            <th scope="col">Cells</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {legend.filter(({ shared }) => !shared).map(row)}
          {colour === 'rule' && others.length > 0 && (
            <tr>
              <th scope="row">
                <Swatch background={css(ofOthers)} />
                other rules
              </th>
              <Cells cells={others.reduce((sum, { cells }) => sum + cells, 0)} of={map.rules.length} />
            </tr>
          )}
          {others.map(row)}
        </tbody>
      </table>
    </div>
  );
}

const gradient = (from: Rgb, to: Rgb) => `linear-gradient(to right, ${css(from)}, ${css(to)})`;
const ofWaste = gradient(...wasteEnds);

/** The colours of padding, from the least of this map to the most, with the shares that they stand for. */
function WasteScale({ map }: { readonly map: OptionMap }) {
  const range = wasteRange(map);
  const [least, most] = range ?? [0, 0];
  return (
    <div className="waste-scale">
      {range && (
        <>
          <p>Padding, of all multiply-accumulates: from the least of this map to the most</p>
          <div
            className="waste-bar"
            style={{ background: least === most ? css(wasteEnds[0]) : ofWaste }}
            aria-hidden="true"
          />
          <p className="waste-shares">
            {least === most ? (
              <span>{percent(least)} in all that can run</span>
            ) : (
              <>
                <span>{percent(least)}</span>
                <span>{percent((least + most) / 2)}</span>
                <span>{percent(most)}</span>
              </>
            )}
          </p>
        </>
      )}
      <p>
        <Swatch background={css(ofOthers)} />
        cannot run
      </p>
    </div>
  );
}

function Swatch({ background }: { readonly background: string }) {
  return <span className="swatch" style={{ background }} />;
}

function Cells({ cells, of }: { readonly cells: number; readonly of: number }) {
  return (
    <>
      <td>{count(cells)}</td>
      <td>{percent(cells / of)}</td>
    </>
  );
}
