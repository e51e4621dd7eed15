import { grouped, percent } from '../formats/pretty/numbers.js';
import type { Io } from '../io.js';
import type { SearchProgress } from './search-ranges.js';

/** Shows how far a search is. */
export interface ProgressLine {
  update(progress: SearchProgress): void;
  /** Puts what the search took in the line's place. */
  end(progress: SearchProgress): void;
}

/** Often enough for an eye. */
const intervalMs = 100;
const barWidth = 24;
/** To the line's start, and erase it: `EL` of ECMA-48. */
const restart = '\r\u001b[K';

/** A line on the terminal that errors go to, written over and over; nothing where there is no terminal. */
export function progressLine({ stderr, errorColumns }: Io, now = () => performance.now()): ProgressLine {
  if (errorColumns === undefined) return { update() {}, end() {} };
  const begin = now();
  let shown = begin;
  return {
    update(progress) {
      const at = now();
      if (at - shown < intervalMs) return;
      shown = at;
      // A line that wraps could not be taken back.
      stderr.write(`${restart}${barOf(progress, at - begin).slice(0, errorColumns - 1)}`);
    },
    end({ decided }) {
      const ms = now() - begin;
      stderr.write(`${restart}${grouped(decided)} configurations in ${seconds(ms)}, ${rate(decided, ms)}\n`);
    },
  };
}

function barOf({ total, decided, valid }: SearchProgress, ms: number): string {
  const share = decided / total;
  const full = Math.floor(share * barWidth);
  const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
  return `${bar} ${percent(share)}  ${grouped(decided)} of ${grouped(total)}  ${rate(decided, ms)}  ${grouped(valid)} valid`;
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(2))} s`;
}

function rate(decided: number, ms: number): string {
  const perSecond = ms > 0 ? decided / (ms / 1000) : 0;
  return perSecond >= 1e6
    ? `${grouped(Number((perSecond / 1e6).toPrecision(3)))} M/s`
    : `${grouped(Math.round(perSecond))} /s`;
}
