import type { Checker } from '@gemm-preflight/checker-wasm';
import type { CheckResult, KernelInfo, Problem, TargetName } from '@gemm-preflight/types';
import { type ChangeEvent, useMemo, useState } from 'react';
import { count } from '../pictures/figure.js';
import { asOptions, type GivenOptions } from '../state/options.js';
import type { Work } from '../state/state.js';
import { messageOf } from '../state/use-page-state.js';
import { Choice } from '../ui/choice.js';
import { Scrolls } from '../ui/scrolls.js';
import { download } from './download.js';
import { type GivenCase, type Input, readInput } from './read-input.js';
import { sarifLog } from './sarif.js';
import { caseJson, type Form, forms, write } from './write-output.js';

const mostShown = 200;
const fileName = 'configuration.json';

/** What comes in as JSON, and in which forms a configuration leaves. */
export default function ExchangeView({
  checker,
  work,
  result,
  text,
  onText,
  onOptions,
  onCatalog,
}: {
  readonly checker: Checker;
  readonly work: Work;
  readonly result: CheckResult;
  /** What was pasted or dropped. */
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onOptions: (change: Partial<Pick<Work, 'options' | 'target'>>) => void;
  readonly onCatalog: (kernels: readonly KernelInfo[] | undefined) => void;
}) {
  const input = useMemo((): Input | string | undefined => {
    if (text.trim() === '') return undefined;
    try {
      return readInput(text);
    } catch (error) {
      return messageOf(error);
    }
  }, [text]);

  const open = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    if (file) onText(await file.text());
    target.value = '';
  };

  return (
    <section className="view exchange" aria-labelledby="exchange-title">
      <h2 id="exchange-title">In and out</h2>
      <div className="two">
        <section aria-labelledby="in-title">
          <h3 id="in-title">In</h3>
          <label htmlFor="paste">
            Paste JSON here, or drop a file on the page: options, a case, a list of cases (also a case a
            line), a file of problems, or a catalog
          </label>
          <textarea
            id="paste"
            className="code"
            rows={12}
            spellCheck={false}
            value={text}
            aria-invalid={typeof input === 'string'}
            aria-describedby="in-status"
            onChange={({ target }) => onText(target.value)}
          />
          <div className="bar">
            <label className="file-button">
              Open a file
              <input type="file" accept=".json,.jsonl,.ndjson,application/json" onChange={open} />
            </label>
            <button type="button" onClick={() => onText('')} disabled={text === ''}>
              Clear
            </button>
          </div>
          <div id="in-status" role="status">
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

function Found({
  input,
  checker,
  work,
  onOptions,
  onCatalog,
}: {
  readonly input: Input;
  readonly checker: Checker;
  readonly work: Work;
  readonly onOptions: (change: Partial<Pick<Work, 'options' | 'target'>>) => void;
  readonly onCatalog: (kernels: readonly KernelInfo[] | undefined) => void;
}) {
  const { options: current } = work;
  switch (input.kind) {
    case 'case': {
      const { options, target } = input.case;
      return (
        <>
          <p>
            One configuration{target && ` for ${target}`}
            {input.missing > 0 && `; ${input.missing} options are not given, and stay as they are`}.
          </p>
          <button
            type="button"
            className="primary"
            onClick={() => onOptions({ options: { ...current, ...options }, ...(target && { target }) })}
          >
            Take it over
          </button>
        </>
      );
    }
    case 'cases':
      return <Cases cases={input.cases} checker={checker} work={work} onOptions={onOptions} />;
    case 'problems':
      return (
        <>
          <p>{count(input.problems.length)} problems. The tiles stay as they are.</p>
          <ul className="plain">
            {input.problems.map((problem, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may be given twice
              <li key={i}>
                <button
                  type="button"
                  onClick={() =>
                    onOptions({
                      options: { ...current, ...problemOptions(problem) },
                      ...(input.target && { target: input.target }),
                    })
                  }
                >
                  Take over {problem.name ?? `problem ${i + 1}`}: m {problem.m}, n {problem.n}, k {problem.k}
                </button>
              </li>
            ))}
          </ul>
        </>
      );
    case 'catalog':
      return (
        <>
          <p>A catalog of {count(input.kernels.length)} kernels.</p>
          <div className="bar">
            <button type="button" className="primary" onClick={() => onCatalog(input.kernels)}>
              Show these kernels
            </button>
            <button type="button" onClick={() => onCatalog(undefined)}>
              Show the built-in ones
            </button>
          </div>
        </>
      );
  }
}

function Cases({
  cases,
  checker,
  work,
  onOptions,
}: {
  readonly cases: readonly GivenCase[];
  readonly checker: Checker;
  readonly work: Work;
  readonly onOptions: (change: Partial<Pick<Work, 'options' | 'target'>>) => void;
}) {
  const { target: currentTarget, ruleSet } = work;
  const checked = useMemo(
    () =>
      cases.map((one) => {
        const target: TargetName = one.target ?? currentTarget;
        return { ...one, target, result: checker.check(asOptions(one.options), target, { ruleSet }) };
      }),
    [cases, checker, currentTarget, ruleSet],
  );
  const good = checked.filter(({ result }) => result.ok).length;
  const results = () =>
    checked
      .map(({ label, target, result }) => `${JSON.stringify({ name: label, target, result })}\n`)
      .join('');
  return (
    <>
      <p>
        {count(good)} of {count(cases.length)} cases can run.
      </p>
      <button
        type="button"
        className="primary"
        onClick={() => download('results.jsonl', 'application/jsonl', results())}
      >
        Download the results
      </button>
      <Scrolls label="Cases">
        <table className="numbers">
          <thead>
            <tr>
              <th scope="col">Case</th>
              <th scope="col">Target</th>
              <th scope="col">Can run</th>
              <th scope="col">First error</th>
            </tr>
          </thead>
          <tbody>
            {checked.slice(0, mostShown).map(({ label, target, options, result }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may be given twice
              <tr key={i}>
                <th scope="row">
                  <button type="button" onClick={() => onOptions({ options, target })}>
                    {label}
                  </button>
                </th>
                <td>{target}</td>
                <td>{result.ok ? '✓ yes' : '✗ no'}</td>
                <td>{result.diagnostics.find(({ severity }) => severity === 'error')?.message ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      {cases.length > mostShown && (
        <p className="hint">The first {mostShown} are shown; the download has all of them.</p>
      )}
    </>
  );
}

function Out({ work, result }: { readonly work: Work; readonly result: CheckResult }) {
  const [form, setForm] = useState<Form>('JSON');
  const [said, setSaid] = useState('');
  const text = write(form, work);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid(`Copied as ${form}.`);
    } catch {
      setSaid('The browser did not allow to copy; the text below can be selected.');
    }
  };
  const save = () => {
    const { target, ruleSet } = work;
    const json = caseJson(work);
    download(
      'preflight.sarif',
      'application/sarif+json',
      sarifLog(result, { json, uri: fileName, target, ruleSet }),
    );
    setSaid('Saved as preflight.sarif.');
  };
  return (
    <section aria-labelledby="out-title">
      <h3 id="out-title">Out</h3>
      <div className="bar">
        <Choice label="As" value={form} choices={forms} onChange={setForm} />
        <button type="button" className="primary" onClick={copy}>
          Copy
        </button>
        <button type="button" onClick={() => download(fileName, 'application/json', caseJson(work))}>
          Download JSON
        </button>
        <button type="button" onClick={save}>
          Download SARIF
        </button>
      </div>
      <p role="status" className="hint">
        {said}
      </p>
      <Scrolls label={`The configuration as ${form}`}>
        <pre className="code">{text}</pre>
      </Scrolls>
    </section>
  );
}

/** The options that a problem sets. */
function problemOptions(problem: Problem): GivenOptions {
  const tokens = problem.tokensPerBatch ?? [];
  return {
    batchM: problem.batchM,
    transposeMmaOutput: problem.transposeMmaOutput,
    m: problem.m,
    n: problem.n,
    k: problem.k,
    batchedM: problem.batchM ? tokens : [],
    batchedN: problem.batchM ? [] : tokens,
    numTokens: problem.numTokens ?? tokens.reduce((sum, one) => sum + one, 0),
    numBatches: tokens.length,
    dtypeElt: problem.dtypeElt,
    dtypeC: problem.dtypeC,
    useDeepSeekFp8: problem.blockScale ?? false,
    routeAct: problem.permuteFusion ?? false,
    allReduceAlgo: problem.allReduceAlgo ?? 'None',
    clusterDimX: problem.clusterDimX ?? 1,
    clusterDimY: problem.clusterDimY ?? 1,
    clusterDimZ: problem.clusterDimZ ?? 1,
  };
}
