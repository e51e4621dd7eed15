import type { CatalogEntry } from '../input/catalog.js';
import type { PlannedFile } from '../plan/plan-file.js';
import { candidateOf } from './plan-json.js';

/** Kernels as JSON, with where they come from; and which fit the problems, if there are any. */
export function kernelsJson(
  entries: readonly CatalogEntry[],
  against?: Pick<PlannedFile, 'target' | 'planned'>,
): string {
  const kernels = entries.map(({ kernel, cubinPath, catalog }) => ({
    ...kernel,
    catalog,
    cubinPath: cubinPath ?? null,
  }));
  const held = against && {
    target: against.target.name,
    problems: against.planned.map(({ problem, selection }) => ({
      problem,
      candidates: selection.candidates.map(candidateOf),
    })),
  };
  return `${JSON.stringify({ kernels, ...held }, null, 2)}\n`;
}
