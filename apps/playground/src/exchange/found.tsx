import { type Checker, problemSizes } from '@gemm-preflight/checker-wasm';
import type { KernelInfo, Problem, TargetName } from '@gemm-preflight/types';
import { useMemo } from 'react';
import { count } from '../pictures/figure.js';
import { asOptions, type GivenOptions } from '../state/options.js';
import type { Work } from '../state/state.js';
import { Scrolls } from '../ui/scrolls.js';
import { download } from './download.js';
import type { GivenCase, Input } from './read-input.js';

const mostShown = 200;

/** What is taken over of what was brought. */
export type Taken = Partial<Pick<Work, 'options' | 'target' | 'ruleSet'>>;

/** What a text holds, and what can be done with it. */
export function Found({
  input,
  checker,
  work,
  onOptions,
  onCatalog,
}: {
  readonly input: Input;
  readonly checker: Checker;
  readonly work: Work;
  readonly onOptions: (change: Taken) => void;
  readonly onCatalog: (kernels: readonly KernelInfo[] | undefined) => void;
}) {
  const { options: current } = work;
  switch (input.kind) {
    case 'case': {
      const { options, target, ruleSet, kernel } = input.case;
      return (
        <>
          <p>
            One configuration{target && ` for ${target}`}
            {ruleSet && ` by the rules ${ruleSet}`}
            {input.missing > 0 && `; ${input.missing} options are not given, and stay as they are`}.
          </p>
          {kernel !== undefined && (
            <p className="hint">
              It is for the kernel {kernel}, which this page does not hold options against;{' '}
              <code>preflight check</code> does.
            </p>
          )}
          <button
            type="button"
            className="primary"
            onClick={() =>
              onOptions({
                options: { ...current, ...options },
                ...(target && { target }),
                ...(ruleSet && { ruleSet }),
              })
            }
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
  readonly onOptions: (change: Taken) => void;
}) {
  const { target: currentTarget, ruleSet: currentRules } = work;
  const checked = useMemo(
    () =>
      cases.map((one) => {
        const target: TargetName = one.target ?? currentTarget;
        const ruleSet = one.ruleSet ?? currentRules;
        const result = checker.check(asOptions(one.options), target, { ruleSet });
        return { ...one, target, ruleSet, result };
      }),
    [cases, checker, currentTarget, currentRules],
  );
  const withKernel = cases.filter(({ kernel }) => kernel !== undefined).length;
  const good = checked.filter(({ result }) => result.ok).length;
  const results = () =>
    checked
      .map(({ label, target, result, kernel }) => {
        const line = { name: label, target, result, ...(kernel !== undefined && { notHeldAgainst: kernel }) };
        return `${JSON.stringify(line)}\n`;
      })
      .join('');
  return (
    <>
      <p>
        {count(good)} of {count(cases.length)} cases can run.
      </p>
      {withKernel > 0 && (
        <p className="hint">
          {count(withKernel)} of them name a kernel, which this page does not hold options against;{' '}
          <code>preflight check</code> does.
        </p>
      )}
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
            {checked.slice(0, mostShown).map(({ label, target, ruleSet, options, result }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may be given twice
              <tr key={i}>
                <th scope="row">
                  <button type="button" onClick={() => onOptions({ options, target, ruleSet })}>
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

/** The options that a problem sets. */
function problemOptions(problem: Problem): GivenOptions {
  return {
    ...problemSizes(problem),
    dtypeElt: problem.dtypeElt,
    dtypeC: problem.dtypeC,
    useDeepSeekFp8: problem.blockScale ?? false,
    routeAct: problem.permuteFusion ?? false,
    clusterDimX: problem.clusterDimX ?? 1,
    clusterDimY: problem.clusterDimY ?? 1,
    clusterDimZ: problem.clusterDimZ ?? 1,
  };
}
