import { applyFixes, type Checker } from '@gemm-preflight/checker-wasm';
import { memo } from 'react';
import { flushSync } from 'react-dom';
import { asOptions, type GivenOptions, valuesOf } from '../state/options.js';
import type { Work } from '../state/state.js';
import { findingsTitleId } from './places.js';

/** What mends most of what is wrong, found by looking ahead, where that takes more than one fix; one press for all of them. */
export const FixAll = memo(function FixAll({
  checker,
  now: { options, target, ruleSet },
  isCurrent,
  onChange,
}: {
  readonly checker: Checker;
  readonly now: Pick<Work, 'options' | 'target' | 'ruleSet'>;
  /** Whether these are still the options that the page shows. */
  readonly isCurrent: boolean;
  readonly onChange: (changes: GivenOptions) => void;
}) {
  const mend = (fixProblem: boolean) =>
    applyFixes(checker, asOptions(options), target, { ruleSet, fixProblem });
  const ofKernel = mend(false);
  const { applied, unfixed } = ofKernel.result.ok ? ofKernel : mend(true);
  if (applied.length < 2) return null;
  const rest = unfixed.length === 0 ? 'then it can run' : `${unfixed.length} then left`;
  const fix = () => {
    if (!isCurrent) return;
    // The button goes, and takes the focus with it.
    flushSync(() => onChange(valuesOf(applied.flatMap(({ changes }) => changes))));
    document.getElementById(findingsTitleId)?.focus();
  };
  return (
    <div className="fix-all">
      <button type="button" className="fix" aria-disabled={!isCurrent} onClick={fix}>
        Fix all
      </button>
      <p className="hint">
        {applied.map(({ title }) => title).join('; ')}: {rest}.
      </p>
    </div>
  );
});
