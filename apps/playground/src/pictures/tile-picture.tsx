import type { BatchedGemmOptions } from '@gemm-preflight/types';
import { useState } from 'react';
import { count, Figure, many, NumberTable } from './figure.js';
import { unlessTouched } from './pointed.js';
import { hasTileParts, partsInWords, tileParts } from './tile-parts.js';

const longest = 170;
const shortest = 18;
const mostLines = 128;

/** A rectangle, and the part that it is cut into. */
interface Level {
  readonly name: string;
  readonly className: string;
  readonly rows: number;
  readonly columns: number;
  readonly size: string;
  readonly part: readonly [rows: number, columns: number];
  readonly partClass: string;
  readonly cut: string;
}

/**
 * One CTA's tile, the part that the epilogue writes at a time, and the instructions that fill it: m down and n across. The last
 * rectangle goes into the depth, and has k across. All are to one scale, as far as they can be seen.
 */
export function TilePicture({ options: o }: { readonly options: BatchedGemmOptions }) {
  const [hover, setHover] = useState<string>();
  if (!hasTileParts(o)) return null;
  const scale =
    longest / Math.max(o.tileM, o.tileN, o.tileK, o.epilogueTileM, o.epilogueTileN, o.mmaM, o.mmaN);
  const { epilogues, perEpilogue, mmas, steps } = tileParts(o);
  const levels: readonly Level[] = [
    {
      name: 'Tile',
      className: 'tile-area',
      rows: o.tileM,
      columns: o.tileN,
      size: `m ${o.tileM} × n ${o.tileN}`,
      part: [o.epilogueTileM, o.epilogueTileN],
      partClass: 'epilogue-area',
      cut: partsInWords(epilogues, 'epilogue tile'),
    },
    {
      name: 'Epilogue tile',
      className: 'epilogue-area',
      rows: o.epilogueTileM,
      columns: o.epilogueTileN,
      size: `m ${o.epilogueTileM} × n ${o.epilogueTileN}`,
      part: [o.mmaM, o.mmaN],
      partClass: 'mma-area',
      cut: partsInWords(perEpilogue, 'MMA'),
    },
    {
      name: 'A stage, along k',
      className: 'stage-area',
      rows: o.mmaM,
      columns: o.tileK,
      size: `m ${o.mmaM} × k ${o.tileK}`,
      part: [o.mmaM, o.mmaK],
      partClass: 'mma-area',
      cut: `${partsInWords(steps, 'MMA')} of k ${o.mmaK}, one after the other`,
    },
  ];
  const pointed = levels.find(({ name }) => name === hover);
  return (
    <Figure
      title="Tile → epilogue tile → MMA"
      says={
        <>
          {o.tileM} × {o.tileN} is computed by <strong>{partsInWords(mmas, 'instruction')}</strong>
          {mmas.whole ? '' : ','} of {o.mmaM} × {o.mmaN} × {o.mmaK}, {many(steps.count, 'time')} a stage of{' '}
          {o.tileK}, and written in {partsInWords(epilogues, 'part')}
        </>
      }
      table={() => (
        <NumberTable
          head={['Level', 'm', 'n', 'k', 'How many']}
          rows={[
            ['Tile', o.tileM, o.tileN, o.tileK, '1'],
            [
              'Epilogue tile',
              o.epilogueTileM,
              o.epilogueTileN,
              '',
              `${partsInWords(epilogues, 'epilogue tile')}, in a tile`,
            ],
            [
              'MMA',
              o.mmaM,
              o.mmaN,
              o.mmaK,
              `${partsInWords(perEpilogue, 'MMA')}, in an epilogue tile; ${count(mmas.count)} in a tile; ${partsInWords(steps, 'step')}, in a stage`,
            ],
          ]}
        />
      )}
    >
      <div className="tile-picture">
        {levels.map((level) => (
          <TileLevel key={level.name} level={level} scale={scale} onPoint={setHover} />
        ))}
      </div>
      <ul className="legend">
        <li className="of-tile">tile</li>
        <li className="of-epilogue">epilogue tile</li>
        <li className="of-mma">MMA</li>
        <li className="of-stage">the rest of a stage</li>
      </ul>
      <p className="hover-line">{pointed ? textOf(pointed) : 'Point at a rectangle for its numbers.'}</p>
    </Figure>
  );
}

function textOf({ name, size, cut }: Level): string {
  return `${name}, ${size}: ${cut}`;
}

function TileLevel({
  level,
  scale,
  onPoint,
}: {
  readonly level: Level;
  readonly scale: number;
  readonly onPoint: (name: string | undefined) => void;
}) {
  const { name, className, rows, columns, size, part, partClass, cut } = level;
  const side = (elements: number) => Math.max(shortest, elements * scale);
  return (
    <div className="tile-level">
      <svg
        viewBox={`0 0 ${columns} ${rows}`}
        preserveAspectRatio="none"
        style={{ width: side(columns), height: side(rows) }}
        role="img"
        aria-label={textOf(level)}
        onPointerDown={() => onPoint(name)}
        onPointerMove={() => onPoint(name)}
        onPointerLeave={unlessTouched(() => onPoint(undefined))}
      >
        <rect className={className} width={columns} height={rows} />
        <rect className={partClass} width={Math.min(columns, part[1])} height={Math.min(rows, part[0])} />
        <path className="part-lines" d={cuts(rows, columns, part[0], part[1])} />
      </svg>
      <span>
        <strong>{name}</strong> {size}
        <br />
        {cut}
      </span>
    </div>
  );
}

/** The lines that cut a rectangle into parts. */
function cuts(rows: number, columns: number, rowStep: number, columnStep: number): string {
  const at = (whole: number, step: number) => {
    const number = Math.ceil(whole / step) - 1;
    return number > mostLines ? [] : Array.from({ length: number }, (_, i) => (i + 1) * step);
  };
  const across = at(rows, rowStep).map((y) => `M0 ${y}h${columns}`);
  const down = at(columns, columnStep).map((x) => `M${x} 0v${rows}`);
  return [...across, ...down].join('');
}
