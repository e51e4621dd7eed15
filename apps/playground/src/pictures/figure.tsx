import { type ReactNode, useId, useState } from 'react';
import { Scrolls } from '../ui/scrolls.js';

/** A picture with its title, what it says in a line, and the same numbers as a table for who cannot see it. */
export function Figure({
  title,
  says,
  table,
  children,
}: {
  readonly title: string;
  readonly says: ReactNode;
  /** Asked for once it is wanted: it may have a row an expert, and would be drawn at every keystroke. */
  readonly table: () => ReactNode;
  readonly children: ReactNode;
}) {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <section className="figure" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <p className="says">{says}</p>
      {children}
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          As a table<span className="for-readers">: {title}</span>
        </summary>
        {open && <Scrolls label={`${title}, as a table`}>{table()}</Scrolls>}
      </details>
    </section>
  );
}

/** A table of numbers. The first column names the row. */
export function NumberTable({
  caption,
  head,
  rows,
}: {
  readonly caption?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}) {
  return (
    <table className="numbers">
      {caption !== undefined && <caption>{caption}</caption>}
      <thead>
        <tr>
          {head.map((cell) => (
            <th key={cell} scope="col">
              {cell}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={String(row[0])}>
            {row.map((cell, i) =>
              i === 0 ? (
                <th key={head[i]} scope="row">
                  {shown(cell)}
                </th>
              ) : (
                <td key={head[i]}>{shown(cell)}</td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function shown(cell: string | number): string {
  return typeof cell === 'number' ? count(cell) : cell;
}

/** A number with its thousands apart. */
export function count(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 1 });
}

/** A share in percent. What is not quite all or not quite nothing does not say that it is. */
export function percent(share: number): string {
  const shown = (share * 100).toLocaleString('en', { maximumFractionDigits: 1 });
  if (shown === '100' && share < 1) return '> 99.9 %';
  if (shown === '0' && share > 0) return '< 0.1 %';
  return `${shown} %`;
}

/** So many of something. */
export function many(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`;
}
