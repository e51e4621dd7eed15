import type { BatchedGemmOptions } from '@gemm-preflight/types';
import { count, Figure, NumberTable } from './figure.js';

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

/** One CTA's tile, the part that the epilogue writes at a time, and the instructions that fill it; all to one scale. */
export function TilePicture({ options: o }: { readonly options: BatchedGemmOptions }) {
  const sides = [o.tileM, o.tileN, o.tileK, o.epilogueTileM, o.epilogueTileN, o.mmaM, o.mmaN, o.mmaK];
  if (!sides.every((side) => side >= 1)) return null;
  const scale = longest / Math.max(o.tileM, o.tileN, o.epilogueTileM, o.epilogueTileN, o.mmaM, o.mmaN);
  const epilogues = (o.tileM / o.epilogueTileM) * (o.tileN / o.epilogueTileN);
  const perEpilogue = (o.epilogueTileM / o.mmaM) * (o.epilogueTileN / o.mmaN);
  const mmas = (o.tileM / o.mmaM) * (o.tileN / o.mmaN);
  const steps = o.tileK / o.mmaK;
  const levels: readonly Level[] = [
    {
      name: 'Tile',
      className: 'tile-area',
      rows: o.tileM,
      columns: o.tileN,
      size: `${o.tileM} × ${o.tileN}`,
      part: [o.epilogueTileM, o.epilogueTileN],
      partClass: 'epilogue-area',
      cut: many(epilogues, 'epilogue tile'),
    },
    {
      name: 'Epilogue tile',
      className: 'epilogue-area',
      rows: o.epilogueTileM,
      columns: o.epilogueTileN,
      size: `${o.epilogueTileM} × ${o.epilogueTileN}`,
      part: [o.mmaM, o.mmaN],
      partClass: 'mma-area',
      cut: many(perEpilogue, 'MMA'),
    },
    {
      name: 'MMA, a stage deep',
      className: 'tile-area',
      rows: o.mmaM,
      columns: o.tileK,
      size: `${o.mmaM} × ${o.mmaN}, k ${o.tileK}`,
      part: [o.mmaM, o.mmaK],
      partClass: 'mma-area',
      cut: `${many(steps, 'step')} of k ${o.mmaK}`,
    },
  ];
  return (
    <Figure
      title="Tile → epilogue tile → MMA"
      says={
        <>
          {o.tileM} × {o.tileN} is computed by <strong>{count(mmas)}</strong> instructions of {o.mmaM} ×{' '}
          {o.mmaN} × {o.mmaK}, {count(steps)} times a stage of {o.tileK}, and written in {count(epilogues)}{' '}
          parts
        </>
      }
      table={() => (
        <NumberTable
          head={['Level', 'm', 'n', 'k', 'How many']}
          rows={[
            ['Tile', o.tileM, o.tileN, o.tileK, '1'],
            ['Epilogue tile', o.epilogueTileM, o.epilogueTileN, '', `${count(epilogues)} a tile`],
            ['MMA', o.mmaM, o.mmaN, o.mmaK, `${count(mmas)} × ${count(steps)} a stage`],
          ]}
        />
      )}
    >
      <div className="tile-picture">
        {levels.map((level) => (
          <TileLevel key={level.name} level={level} scale={scale} />
        ))}
      </div>
    </Figure>
  );
}

function many(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`;
}

function TileLevel({ level, scale }: { readonly level: Level; readonly scale: number }) {
  const { name, className, rows, columns, size, part, partClass, cut } = level;
  const side = (elements: number) => Math.min(longest, Math.max(shortest, elements * scale));
  return (
    <div className="tile-level">
      <svg
        viewBox={`0 0 ${columns} ${rows}`}
        preserveAspectRatio="none"
        style={{ width: side(columns), height: side(rows) }}
        role="img"
        aria-label={`${name} of ${size}: ${cut}`}
      >
        <title>
          {name} {size}: {cut}
        </title>
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
