import type { Target } from '@gemm-preflight/types';
import type { CatalogEntry } from '../input/catalog.js';
import type { PlannedProblem } from '../plan/plan-problems.js';
import { candidateOf } from './plan-json.js';

/** Problems that the kernels were held against. */
export interface HeldProblems {
  readonly target: Target;
  readonly held: readonly PlannedProblem[];
}

/** Kernels as JSON, with where they come from; and which fit the problems, if there are any. */
export function kernelsJson(entries: readonly CatalogEntry[], problems?: HeldProblems): string {
  const kernels = entries.map(({ kernel, cubinPath, catalog }) => ({
    ...kernel,
    catalog,
    cubinPath: cubinPath ?? null,
  }));
  const against = problems && {
    target: problems.target.name,
    problems: problems.held.map(({ problem, choice }) => ({
      problem,
      candidates: choice.candidates.map(candidateOf),
    })),
  };
  return `${JSON.stringify({ kernels, ...against }, null, 2)}\n`;
}
