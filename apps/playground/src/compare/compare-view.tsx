import type { Checker } from '@gemm-preflight/checker-wasm';
import { type CheckResult, kibibytes, optionNames, targets } from '@gemm-preflight/types';
import { type ReactNode, useMemo, useState } from 'react';
import { count, percent } from '../pictures/figure.js';
import { outputGrid, wavesOfLaunch } from '../pictures/output-grid.js';
import { asOptions } from '../state/options.js';
import { mostPinned, type Pinned, type Work } from '../state/state.js';
import { Scrolls } from '../ui/scrolls.js';
import { valueText } from './values.js';

/** Up to four configurations side by side: the current one, and those that were kept. */
export default function CompareView({
  checker,
  work,
  onPin,
  onUnpin,
  onTake,
}: {
  readonly checker: Checker;
  readonly work: Work;
  readonly onPin: () => void;
  readonly onUnpin: (index: number) => void;
  readonly onTake: (pinned: Pinned) => void;
}) {
  const [all, setAll] = useState(false);
  const { options, target, ruleSet, pinned } = work;
  const columns = useMemo(() => {
    const configurations: readonly Pinned[] = [{ label: 'current', options, target, ruleSet }, ...pinned];
    return configurations.map((one) => ({
      ...one,
      result: checker.check(asOptions(one.options), one.target, { ruleSet: one.ruleSet }),
    }));
  }, [checker, options, target, ruleSet, pinned]);

  const names = [...new Set([...optionNames, ...columns.flatMap((one) => Object.keys(one.options))])];
  type Column = (typeof columns)[number];
  const outcome: readonly (readonly [string, (column: Column) => string])[] = [
    ['can it run', ({ result }) => (result.ok ? '✓ yes' : '✗ no')],
    ['errors', ({ result }) => rulesOf(result, 'error')],
    ['adjusted', ({ result }) => rulesOf(result, 'adjusted')],
    ['shared memory', ({ result }) => (result.sharedMemory ? kibibytes(result.sharedMemory.total) : '–')],
    ['CTAs', (column) => numbersOf(column)?.ctas ?? '–'],
    ['waves', (column) => numbersOf(column)?.waves ?? '–'],
    ['padding of the output', (column) => numbersOf(column)?.waste ?? '–'],
  ];
  const settings: typeof outcome = [
    ['target', (column) => column.target],
    ['rule set', (column) => column.ruleSet],
    ...names.map((name) => [name, (column: Column) => valueText(name, column.options)] as const),
  ];

  const row = (name: string, cells: readonly string[], differs: boolean): ReactNode => (
    <tr key={name} data-differs={differs || undefined}>
      <th scope="row">
        {name}
        {differs && <span className="for-readers"> (differs)</span>}
      </th>
      {cells.map((cell, i) => {
        const other = i > 0 && cell !== cells[0];
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
        return <td key={i}>{other ? <mark>{cell || 'not given'}</mark> : cell || 'not given'}</td>;
      })}
    </tr>
  );
  const rows = (list: typeof settings, always: boolean) =>
    list.flatMap(([name, read]) => {
      const cells = columns.map(read);
      const differs = cells.some((cell) => cell !== cells[0]);
      return differs || always ? [row(name, cells, differs)] : [];
    });

  return (
    <section className="view compare" aria-labelledby="compare-title">
      <h2 id="compare-title">Compare</h2>
      <p className="hint">
        Keep the current configuration, change it, and see what differs. Kept ones are part of the link.
      </p>
      <div className="bar">
        <button type="button" className="primary" disabled={pinned.length >= mostPinned} onClick={onPin}>
          Keep the current one
        </button>
        <label className="inline">
          <input type="checkbox" checked={all} onChange={({ target }) => setAll(target.checked)} /> Show what
          is equal too
        </label>
      </div>
      <Scrolls label="Configurations side by side">
        <table className="comparison">
          <thead>
            <tr>
              <td />
              {columns.map(({ label, ...configuration }, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                <th key={i} scope="col">
                  {label}
                  {i > 0 && (
                    <span className="column-actions">
                      <button type="button" onClick={() => onTake({ label, ...configuration })}>
                        Take over<span className="for-readers"> {label}</span>
                      </button>
                      <button type="button" onClick={() => onUnpin(i - 1)}>
                        Drop<span className="for-readers"> {label}</span>
                      </button>
                    </span>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{rows(outcome, true)}</tbody>
          <tbody>{rows(settings, all)}</tbody>
        </table>
      </Scrolls>
      {columns.length === 1 && <p className="hint">Nothing is kept yet.</p>}
    </section>
  );
}

function rulesOf({ diagnostics }: CheckResult, severity: 'error' | 'adjusted'): string {
  return (
    diagnostics
      .filter((one) => one.severity === severity)
      .map(({ rule }) => rule)
      .join(', ') || 'none'
  );
}

function numbersOf({ result, target }: { readonly result: CheckResult; readonly target: Work['target'] }) {
  if (result.diagnostics.some(({ rule }) => rule === 'invalid-input')) return undefined;
  const grid = outputGrid(result.options);
  if (grid === undefined) return undefined;
  const waves = wavesOfLaunch(grid, result.launch, targets[target].numSms);
  return {
    ctas: waves.persistent ? `${count(waves.ctas)}, persistent` : count(grid.ctas),
    waves: `${count(waves.count)}, the last ${percent(1 - waves.last / waves.numSms)} idle`,
    waste: percent(grid.waste),
  };
}
