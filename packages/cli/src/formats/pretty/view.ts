import picocolors from 'picocolors';
import type { Io } from '../../io.js';

/** How to lay text out for people. */
export interface View {
  /** Paints, or leaves text as it is where no colour is wanted. */
  readonly paint: ReturnType<typeof picocolors.createColors>;
  /** Columns to fill; undefined for lines as long as they are. */
  readonly width: number | undefined;
}

/** Lines longer than this are hard to read, however wide the terminal. */
const comfortableWidth = 120;

/** The view for an output. */
export function viewOf({ color, columns }: Pick<Io, 'color' | 'columns'>): View {
  const width = columns === undefined ? undefined : Math.max(40, Math.min(columns, comfortableWidth));
  return { paint: picocolors.createColors(color), width };
}
