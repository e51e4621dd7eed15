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
const narrowestBar = 10;
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

// A line that wraps could not be taken back. So the text is the longest that leaves the bar enough of the room.
function barOf(progress: SearchProgress, ms: number, room: number): string {
  const texts = textsOf(progress, ms);
  const text = texts.find(({ length }) => length + 1 + narrowestBar <= room) ?? texts.at(-1) ?? '';
  const width = Math.max(0, Math.min(widestBar, room - text.length - 1));
  const full = Math.floor((progress.decided / progress.total) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${text}`.trimStart().slice(0, room);
}

/** What to say beside the bar, in fewer and fewer columns. */
function textsOf({ total, decided, valid }: SearchProgress, ms: number): readonly string[] {
  const done = share(decided, total);
  const fast = rate(decided, ms);
  return [
    `${done}  ${grouped(decided)} of ${grouped(total)}  ${fast}  ${grouped(valid)} valid`,
    `${done}  ${short(decided)} of ${short(total)}  ${fast}  ${short(valid)} valid`,
    `${done}  ${fast}  ${short(valid)} valid`,
    `${done}  ${short(valid)} valid`,
    done,
  ];
}

/** A count in no more than seven columns: `123,456`, or `3.99e15`. */
function short(count: number): string {
  return count < 1e6 ? grouped(count) : count.toExponential(2).replace('e+', 'e');
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(2))} s`;
}

function rate(decided: number, ms: number): string {
  const perSecond = ms > 0 ? decided / (ms / 1000) : 0;
  return perSecond >= 1e6
    ? `${short(Number((perSecond / 1e6).toPrecision(3)))} M/s`
    : `${grouped(Math.round(perSecond))} /s`;
}
