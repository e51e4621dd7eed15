import type { BatchedGemmOptions, CheckResult, Fix, OptionName } from '@gemm-preflight/types';
import { applyFix } from './fixes.js';

/** A fix that was applied, and the rule whose error it removed. */
export interface AppliedFix extends Fix {
  readonly rule: string;
}

/** Options on their way to fewer errors. */
export interface FixState {
  readonly options: BatchedGemmOptions;
  /** The check of these options. */
  readonly result: CheckResult;
  /** What led to them, in order. */
  readonly applied: readonly AppliedFix[];
}

type Check = (options: BatchedGemmOptions) => CheckResult;

/** What may be applied, and how to judge what comes of it. */
export interface FixStep {
  readonly check: Check;
  readonly allows: (fix: Fix) => boolean;
}

/** States that a search goes on from. A few are enough: most errors are independent, and their fixes come in any order. */
const beamWidth = 4;
/** Fixes in a row that may leave as many errors as there were, for what the next one makes of it. */
const patience = 2;

/** What describes the problem rather than the kernel. */
const problemFields: ReadonlySet<OptionName> = new Set([
  'm',
  'n',
  'k',
  'batchedM',
  'batchedN',
  'numTokens',
  'numBatches',
]);

/** Whether a fix changes the problem, and not the kernel's options alone. */
export function changesProblem({ changes }: Fix): boolean {
  return changes.some(({ field }) => problemFields.has(field));
}

/** How many errors a check found. */
function countErrors({ diagnostics }: CheckResult): number {
  return diagnostics.filter(({ severity }) => severity === 'error').length;
}

/**
 * Searches for the fewest errors, from several states at once: the fix that looks best may lead to an error that has none.
 * It ends, for it forgets no state that it has seen, and soon gives up on those that lead to no fewer errors.
 * @param starts the first is what to return where nothing is better
 */
export function searchFixes(starts: readonly [FixState, ...FixState[]], step: FixStep): FixState {
  const seen = new Set<string>();
  let [best] = starts;
  let beam: readonly FixState[] = starts;
  for (let idle = 0; !best.result.ok && idle <= patience && beam.length > 0; idle++) {
    beam = beam
      .flatMap((state) => successors(state, step, seen))
      .toSorted((a, b) => countErrors(a.result) - countErrors(b.result) || problemFixes(a) - problemFixes(b))
      .slice(0, beamWidth);
    const [first] = beam;
    if (first !== undefined && countErrors(first.result) < countErrors(best.result)) {
      best = first;
      idle = -1;
    }
  }
  return best;
}

/** A state without the fixes that those after them have made needless: fewer changes, and no more errors. */
export function withoutNeedless(start: BatchedGemmOptions, state: FixState, check: Check): FixState {
  for (const doubted of state.applied) {
    const { options, applied } = replay(
      start,
      state.applied.filter((fix) => fix !== doubted),
    );
    const fewer = { options, applied, result: check(options) };
    if (countErrors(fewer.result) <= countErrors(state.result)) {
      return withoutNeedless(start, fewer, check);
    }
  }
  return state;
}

/** Applies fixes anew, each to what it finds. */
function replay(
  start: BatchedGemmOptions,
  fixes: readonly AppliedFix[],
): Pick<FixState, 'options' | 'applied'> {
  const applied: AppliedFix[] = [];
  let options = start;
  for (const fix of fixes) {
    const before = options;
    applied.push({
      ...fix,
      changes: fix.changes.map(({ field, to }) => ({ field, from: before[field], to })),
    });
    options = applyFix(before, fix);
  }
  return { options, applied };
}

/** The states that one fix leads to, of those not seen before. */
function successors(
  { options, result, applied }: FixState,
  { check, allows }: FixStep,
  seen: Set<string>,
): readonly FixState[] {
  const states: FixState[] = [];
  for (const { rule, fixes = [] } of result.diagnostics) {
    for (const fix of fixes.filter(allows)) {
      const fixed = applyFix(options, fix);
      const key = JSON.stringify(fixed);
      if (seen.has(key)) continue;
      seen.add(key);
      states.push({ options: fixed, result: check(fixed), applied: [...applied, { rule, ...fix }] });
    }
  }
  return states;
}

function problemFixes({ applied }: FixState): number {
  return applied.filter(changesProblem).length;
}
