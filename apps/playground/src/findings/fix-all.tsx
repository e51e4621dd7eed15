import { applyFixes, type Checker, type FixOutcome } from '@gemm-preflight/checker-wasm';
import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { asOptions, type GivenOptions, valuesOf } from '../state/options.js';
import type { Work } from '../state/state.js';
import { findingsTitleId } from './places.js';

/** Where much is wrong, looking ahead takes several frames: it waits until there is a pause in what is typed. */
const pauseMs = 150;

/** What mends most of what is wrong, found by looking ahead, where that takes more than one fix; one press for all of them. */
export function FixAll({
  checker,
  work: { options, target, ruleSet },
  onChange,
}: {
  readonly checker: Checker;
  readonly work: Pick<Work, 'options' | 'target' | 'ruleSet'>;
  readonly onChange: (changes: GivenOptions) => void;
}) {
  const [found, setFound] = useState<{ readonly of: GivenOptions; readonly outcome: FixOutcome }>();
  useEffect(() => {
    const find = () => {
      const mend = (fixProblem: boolean) =>
        applyFixes(checker, asOptions(options), target, { ruleSet, fixProblem });
      const ofKernel = mend(false);
      setFound({ of: options, outcome: ofKernel.result.ok ? ofKernel : mend(true) });
    };
    const timer = setTimeout(find, pauseMs);
    return () => {
      clearTimeout(timer);
      // Of other options, or by other rules, it says nothing.
      setFound(undefined);
    };
  }, [checker, options, target, ruleSet]);

  if (found?.of !== options || found.outcome.applied.length < 2) return null;
  const { applied, unfixed } = found.outcome;
  const rest = unfixed.length === 0 ? 'then it can run' : `${unfixed.length} then left`;
  const fix = () => {
    // The button goes, and takes the focus with it.
    flushSync(() => onChange(valuesOf(applied.flatMap(({ changes }) => changes))));
    document.getElementById(findingsTitleId)?.focus();
  };
  return (
    <div className="fix-all">
      <button type="button" className="fix" onClick={fix}>
        Fix all
      </button>
      <p className="hint">
        {applied.map(({ title }) => title).join('; ')}: {rest}.
      </p>
    </div>
  );
}
