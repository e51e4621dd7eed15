import {
  type Checker,
  type KernelCandidate,
  type KernelSelection,
  optionsFor,
  selectKernel,
} from '@gemm-preflight/checker-wasm';
import { type KernelInfo, type TargetName, targets } from '@gemm-preflight/types';
import { useMemo } from 'react';
import { messageOf } from '../message-of.js';
import { count, percent } from '../pictures/figure.js';
import { asOptions, type GivenOptions } from '../state/options.js';
import { type KernelsShown, kernelFits, mostOfFilter } from '../state/state.js';
import { Choice } from '../ui/choice.js';
import { Scrolls } from '../ui/scrolls.js';
import { problemOf } from './problem-of.js';
import { useBuiltInKernels } from './use-catalog.js';

const mostShown = 300;

/** The kernels of a catalog: which run the current problem, how fast they could be, and why the others do not. */
export default function KernelsView({
  checker,
  options,
  target,
  catalog,
  shown: { filter, fits, brought },
  onShown,
  onTake,
}: {
  readonly checker: Checker;
  readonly options: GivenOptions;
  readonly target: TargetName;
  /** A catalog that was brought to the page, in place of the built-in one, if it is there. */
  readonly catalog: readonly KernelInfo[] | undefined;
  readonly shown: KernelsShown;
  readonly onShown: (change: Partial<KernelsShown>) => void;
  readonly onTake: (options: GivenOptions, ruleSet: KernelInfo['ruleSet']) => void;
}) {
  const builtIn = useBuiltInKernels();
  const kernels = catalog ?? builtIn;
  const held = useMemo((): KernelSelection | string | undefined => {
    if (kernels === undefined) return undefined;
    const result = checker.check(asOptions(options), target);
    const invalid = result.diagnostics.find(({ rule }) => rule === 'invalid-input');
    if (invalid !== undefined) return invalid.message;
    try {
      return selectKernel(checker, problemOf(asOptions(options)), kernels, targets[target]);
    } catch (error) {
      return messageOf(error);
    }
  }, [checker, kernels, options, target]);

  const candidates = typeof held === 'object' ? held.candidates : [];
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = candidates.filter((candidate) => {
    if (fits !== 'all' && candidate.fits !== (fits === 'fit')) return false;
    const about =
      `${candidate.kernel.functionName} ${reasonOf(candidate)} ${shapeOf(candidate.kernel)}`.toLowerCase();
    return words.every((word) => about.includes(word));
  });
  const fitting = candidates.filter((candidate) => candidate.fits).length;

  return (
    <section className="view kernels" aria-labelledby="kernels-title">
      <h2 id="kernels-title">Kernels</h2>
      <p className="hint">
        {catalog ? 'The catalog that you brought' : 'The built-in catalog'}, held against the current problem.
        The best estimate comes first; an estimate is the least time that is possible.
      </p>
      {brought !== null && catalog === undefined && (
        <p className="fault">
          A catalog of {count(brought)} kernels was brought here. Catalogs are not part of a link and do not
          outlast a reload: bring it again under “In and out”. Until then these are the built-in kernels.
        </p>
      )}
      <div className="bar">
        <div className="control">
          <label htmlFor="kernel-filter">Filter</label>
          <input
            id="kernel-filter"
            type="search"
            placeholder="name, tile, reason …"
            value={filter}
            maxLength={mostOfFilter}
            onChange={({ target }) => onShown({ filter: target.value })}
          />
        </div>
        <Choice label="Show" value={fits} choices={kernelFits} onChange={(next) => onShown({ fits: next })} />
        {brought !== null && (
          <button type="button" onClick={() => onShown({ brought: null })}>
            Show the built-in ones
          </button>
        )}
      </div>
      <p role="status">
        {kernels === undefined
          ? 'Loading the catalog …'
          : typeof held === 'string'
            ? `No kernel can be held against these options: ${held}`
            : `${count(fitting)} of ${count(candidates.length)} fit; ${count(shown.length)} shown`}
      </p>
      <Scrolls label="Table of kernels" className="tall">
        <table className="kernel-table">
          <thead>
            <tr>
              <th scope="col">Kernel</th>
              <th scope="col">Fits</th>
              <th scope="col">Tile</th>
              <th scope="col">Types</th>
              <th scope="col">Estimate</th>
              <th scope="col">Why, or why not</th>
              <th scope="col">
                <span className="for-readers">Take over</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, mostShown).map((candidate) => {
              const { kernel } = candidate;
              return (
                <tr key={kernel.functionName} data-fits={candidate.fits}>
                  <th scope="row">
                    <span className="kernel-name">{kernel.functionName}</span>
                  </th>
                  <td>{candidate.fits ? '✓ fits' : '✗ no'}</td>
                  <td>{shapeOf(kernel)}</td>
                  <td>
                    {kernel.dtypeElt} → {kernel.dtypeC}
                  </td>
                  <td>{candidate.fits ? timeOf(candidate) : '–'}</td>
                  <td>{reasonOf(candidate)}</td>
                  <td>
                    <button
                      type="button"
                      onClick={() =>
                        onTake({ ...optionsFor(kernel, problemOf(asOptions(options))) }, kernel.ruleSet)
                      }
                    >
                      Take over<span className="for-readers"> {kernel.functionName}</span>
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scrolls>
      {shown.length > mostShown && (
        <p className="hint">And {count(shown.length - mostShown)} more; filter to see them.</p>
      )}
    </section>
  );
}

function shapeOf({ tileM, tileN, tileK, numStages }: KernelInfo): string {
  return `${tileM}×${tileN}×${tileK}, ${numStages} stages`;
}

function timeOf({ cost }: Extract<KernelCandidate, { readonly fits: true }>): string {
  return `${count(cost.time.estimatedUs)} µs`;
}

function reasonOf(candidate: KernelCandidate): string {
  if (!candidate.fits) return candidate.reasons.map(({ message }) => message).join('; ');
  const { cost } = candidate;
  return `bound by ${cost.time.boundBy}, ${count(cost.waves.count)} waves, ${percent(cost.padding.total)} padding`;
}
