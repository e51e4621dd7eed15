import { grouped, share } from '../formats/pretty/numbers.js';
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
const widestBar = 24;
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
      stderr.write(`${restart}${barOf(progress, at - begin, errorColumns - 1)}`);
    },
    end({ decided }) {
      const ms = now() - begin;
      stderr.write(`${restart}${grouped(decided)} configurations in ${seconds(ms)}, ${rate(decided, ms)}\n`);
    },
  };
}

// A line that wraps could not be taken back, so the bar takes what room the text leaves.
function barOf({ total, decided, valid }: SearchProgress, ms: number, room: number): string {
  const text = `${share(decided, total)}  ${grouped(decided)} of ${grouped(total)}  ${rate(decided, ms)}  ${grouped(valid)} valid`;
  const width = Math.max(0, Math.min(widestBar, room - text.length - 1));
  const full = Math.floor((decided / total) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${text}`.trimStart().slice(0, room);
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
