import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { View } from './view.js';

/** One column of a table. */
export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

const blank = Object.fromEntries(
  ['top', 'bottom', 'mid', 'left', 'right']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat('middle')
    .map((name) => [name, '']),
);

/** A table without lines: columns two blanks apart under dim heads. A cell may hold several lines. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], view: View): string {
  const layout = new Table({
    head: columns.map(({ head }) => view.paint.dim(head)),
    chars: blank,
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
  });
  layout.push(...rows.map((row) => [...row]));
  return `${layout.toString().replace(/ +$/gm, '')}\n`;
}

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );
}
