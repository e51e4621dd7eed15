import { type RuleSetName, ruleCatalog, type TargetName } from '@gemm-preflight/types';
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { count, percent } from '../pictures/figure.js';
import { asOptions, type GivenOptions } from '../state/options.js';
import { type Explore, mapColours } from '../state/state.js';
import { Choice } from '../ui/choice.js';
import { axisValues } from './axis.js';
import { AxisChoice } from './axis-choice.js';
import { pixelsOf } from './colours.js';
import type { MapRequest, OptionMap } from './map.js';
import { MapLegend } from './map-legend.js';
import { type MapState, useMap } from './use-map.js';

/** Two options as axes, the others as they are: which configurations can run, and which rule refuses the rest. */
export default function ExploreView({
  options,
  target,
  ruleSet,
  explore,
  onExplore,
  onTake,
}: {
  readonly options: GivenOptions;
  readonly target: TargetName;
  readonly ruleSet: RuleSetName;
  readonly explore: Explore;
  readonly onExplore: (change: Partial<Explore>) => void;
  readonly onTake: (changes: GivenOptions) => void;
}) {
  const { x, y, colour } = explore;
  const request = useMemo((): MapRequest | string => {
    const [columns, rows] = [axisValues(x), axisValues(y)];
    if (typeof columns === 'string') return columns;
    if (typeof rows === 'string') return rows;
    if (x.name === y.name) return 'the axes must be two options';
    return {
      options: asOptions(options),
      target,
      ruleSet,
      x: { name: x.name, values: columns },
      y: { name: y.name, values: rows },
    };
  }, [options, target, ruleSet, x, y]);
  const [state, cancel, again] = useMap(typeof request === 'string' ? undefined : request);
  const { map, fault } = state;
  const wrong = typeof request === 'string' ? request : fault;

  return (
    <section className="view explore" aria-labelledby="explore-title">
      <h2 id="explore-title">Explore</h2>
      <p className="hint">
        Two options vary, the others stay as they are. Point at a cell, or move with the arrow keys; click it
        or press Enter to take it over.
      </p>
      <div className="axes">
        <AxisChoice label="Across" axis={x} onChange={(axis) => onExplore({ x: axis })} />
        <AxisChoice label="Upwards" axis={y} onChange={(axis) => onExplore({ y: axis })} />
        <Choice
          label="Colour by"
          value={colour}
          choices={mapColours}
          textOf={(one) => (one === 'rule' ? 'first failing rule' : 'padding')}
          onChange={(one) => onExplore({ colour: one })}
        />
      </div>
      <MapStatus state={state} wrong={wrong} onCancel={cancel} onAgain={again} />
      {map && wrong === undefined && <HeatMap map={map} colour={colour} options={options} onTake={onTake} />}
    </section>
  );
}

/** What is wrong, how far the map is, or what came of it. */
function MapStatus({
  state: { map, progress, failed, cancelled, tookMs, explanation },
  wrong,
  onCancel,
  onAgain,
}: {
  readonly state: MapState;
  readonly wrong: string | undefined;
  readonly onCancel: () => void;
  readonly onAgain: () => void;
}) {
  const busy = progress !== undefined;
  const stopped = cancelled ? 'Cancelled.' : failed;
  return (
    <div className="map-status" role="status" tabIndex={-1}>
      {wrong !== undefined ? (
        <p className="fault">{wrong}</p>
      ) : busy ? (
        <progress value={progress} aria-label="Cells done" />
      ) : stopped !== undefined ? (
        <p className={cancelled ? 'hint' : 'fault'}>{stopped}</p>
      ) : (
        map && (
          <p data-took={tookMs}>
            {count(map.valid)} of {count(map.rules.length)} can run ({percent(map.valid / map.rules.length)}),
            decided in {count(tookMs ?? 0)} ms
            {explanation && `: ${explanation}`}
          </p>
        )
      )}
      {wrong === undefined && (busy || stopped !== undefined) && (
        <PassingButton onClick={busy ? onCancel : onAgain}>
          {busy ? 'Cancel' : cancelled ? 'Start again' : 'Try again'}
        </PassingButton>
      )}
    </div>
  );
}

/** A button that leaves the focus to what it is in when it goes away with it. */
function PassingButton({
  onClick,
  children,
}: {
  readonly onClick: () => void;
  readonly children: ReactNode;
}) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const { current } = button;
    return () => {
      if (document.activeElement === current) current?.parentElement?.focus();
    };
  }, []);
  return (
    <button ref={button} type="button" onClick={onClick}>
      {children}
    </button>
  );
}

/** Cells are set apart by lines unless there are so many that nothing but lines would be left. */
const mostLined = 64;
const ticks = 5;

/** Some of an axis' values, each at the middle of its cells. */
function Ticks({ axis, className }: { readonly axis: MapRequest['x']; readonly className: string }) {
  const { name, values } = axis;
  const count = Math.min(ticks, values.length);
  const at = Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round((i * (values.length - 1)) / (count - 1)),
  );
  return (
    <span className={className} aria-hidden="true">
      <b>{name}</b>
      {at.map((i) => (
        <span key={i} style={{ '--at': (i + 0.5) / values.length } as CSSProperties}>
          {String(values[i])}
        </span>
      ))}
    </span>
  );
}

interface Cell {
  readonly column: number;
  readonly row: number;
}

function HeatMap({
  map,
  colour,
  options,
  onTake,
}: {
  readonly map: OptionMap;
  readonly colour: Explore['colour'];
  readonly options: GivenOptions;
  readonly onTake: (changes: GivenOptions) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<Cell>();
  const { x, y } = map.request;
  const [width, height] = [x.values.length, y.values.length];
  const here: Cell = {
    column: [...x.values].indexOf(options[x.name] as number),
    row: [...y.values].indexOf(options[y.name] as number),
  };

  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(pixelsOf(map, colour), 0, 0);
  }, [map, colour]);

  const cellLines =
    x.values.map((_, i) => `M${i} 0v${height}`).join('') +
    y.values.map((_, i) => `M0 ${i}h${width}`).join('');
  const cellOf = (event: MouseEvent): Cell => {
    const { left, bottom, width: w, height: h } = event.currentTarget.getBoundingClientRect();
    const clamp = (value: number, most: number) => Math.min(most - 1, Math.max(0, Math.floor(value)));
    return {
      column: clamp(((event.clientX - left) / w) * width, width),
      row: clamp(((bottom - event.clientY) / h) * height, height),
    };
  };
  const take = ({ column, row }: Cell) => {
    onTake({ [x.name]: x.values[column], [y.name]: y.values[row] });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const from = at ?? { column: Math.max(0, here.column), row: Math.max(0, here.row) };
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    const move = moves[event.key];
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      take(from);
    } else if (move) {
      event.preventDefault();
      setAt({
        column: Math.min(width - 1, Math.max(0, from.column + move[0])),
        row: Math.min(height - 1, Math.max(0, from.row + move[1])),
      });
    }
  };
  const says = ({ column, row }: Cell) => {
    const cell = row * width + column;
    const rule = map.rules[cell] ?? -1;
    const where = `${x.name} ${x.values[column]}, ${y.name} ${y.values[row]}`;
    return rule < 0
      ? `${where}: can run, ${percent(map.waste[cell] ?? 0)} padding`
      : `${where}: refused by ${ruleCatalog[rule]?.name}`;
  };
  const frame = ({ column, row }: Cell, className: string) =>
    column >= 0 &&
    row >= 0 && <span className={className} style={{ '--column': column, '--row': row } as CSSProperties} />;

  return (
    <div className="heat-map">
      <div className="map-frame">
        <Ticks axis={y} className="map-y" />
        <div
          className="map-cells"
          style={{ '--columns': width, '--rows': height } as CSSProperties}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes the keys itself
          tabIndex={0}
          role="application"
          aria-label={`Map of ${x.name} and ${y.name}: arrow keys move, Enter takes a cell over`}
          aria-describedby="map-cell"
          onKeyDown={onKeyDown}
          onPointerMove={(event) => setAt(cellOf(event))}
          onPointerLeave={() => setAt(undefined)}
          onClick={(event) => take(cellOf(event))}
        >
          <canvas ref={canvas} width={width} height={height} />
          <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
            {width <= mostLined && height <= mostLined && <path className="cell-lines" d={cellLines} />}
          </svg>
          {frame(here, 'cell-here')}
          {at && frame(at, 'cell-at')}
        </div>
        <Ticks axis={x} className="map-x" />
      </div>
      <p id="map-cell" className="hover-line" aria-live="polite">
        {at ? says(at) : 'The framed cell is the current configuration.'}
      </p>
      <MapLegend map={map} colour={colour} />
    </div>
  );
}
