import type { Checker } from '@gemm-preflight/checker-wasm';
import type { CheckResult, KernelInfo } from '@gemm-preflight/types';
import { type ChangeEvent, type ClipboardEvent, useMemo } from 'react';
import { messageOf } from '../message-of.js';
import { count } from '../pictures/figure.js';
import type { Work } from '../state/state.js';
import { beginningOf, mostCharactersShown } from './beginning.js';
import { type Brought, nothing, readFiles } from './brought.js';
import { Found, type Taken } from './found.js';
import { Out } from './out.js';
import { type Input, readInput } from './read-input.js';

/** What comes in as JSON, and in which forms a configuration leaves. */
export default function ExchangeView({
  checker,
  work,
  result,
  brought,
  onBrought,
  onOptions,
  onCatalog,
}: {
  readonly checker: Checker;
  readonly work: Work;
  readonly result: CheckResult;
  /** What was pasted or dropped. */
  readonly brought: Brought;
  readonly onBrought: (brought: Brought) => void;
  readonly onOptions: (change: Taken) => void;
  readonly onCatalog: (kernels: readonly KernelInfo[] | undefined) => void;
}) {
  const { text, fault, note } = brought;
  const input = useMemo((): Input | string | undefined => {
    if (text.trim() === '') return fault;
    try {
      return readInput(text);
    } catch (error) {
      return messageOf(error);
    }
  }, [text, fault]);
  // What is not shown whole cannot be typed in either.
  const isCut = text.length > mostCharactersShown;

  const open = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const files = [...(target.files ?? [])];
    target.value = '';
    onBrought(await readFiles(files));
  };
  const paste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData('text/plain');
    if (!isCut && pasted.length <= mostCharactersShown) return;
    event.preventDefault();
    onBrought({ text: pasted });
  };

  return (
    <section className="view exchange" aria-labelledby="exchange-title">
      <h2 id="exchange-title">In and out</h2>
      <div className="two">
        <section aria-labelledby="in-title">
          <h3 id="in-title">In</h3>
          <label htmlFor="paste">
            Paste JSON here, or drop a file on the page: options, a case, problems or kernels, one or a list
            of them (also one a line), a file of problems, or a catalog
          </label>
          <textarea
            id="paste"
            className="code"
            rows={12}
            spellCheck={false}
            value={beginningOf(text)}
            readOnly={isCut}
            aria-invalid={typeof input === 'string'}
            aria-describedby="in-status"
            onPaste={paste}
            onChange={({ target }) => onBrought({ text: target.value })}
          />
          <div className="bar">
            <label className="file-button">
              Open a file
              <input type="file" accept=".json,.jsonl,.ndjson,application/json" onChange={open} />
            </label>
            <button type="button" onClick={() => onBrought(nothing)} disabled={brought === nothing}>
              Clear
            </button>
          </div>
          <div id="in-status" role="status">
            {note !== undefined && <p className="hint">{note}</p>}
            {isCut && (
              <p className="hint">
                The first {count(mostCharactersShown)} of {count(text.length)} characters are shown; all of
                them are read.
              </p>
            )}
            {typeof input === 'string' ? (
              <p className="fault">{input}</p>
            ) : (
              input && (
                <Found
                  input={input}
                  checker={checker}
                  work={work}
                  onOptions={onOptions}
                  onCatalog={onCatalog}
                />
              )
            )}
          </div>
        </section>
        <Out work={work} result={result} />
      </div>
    </section>
  );
}
