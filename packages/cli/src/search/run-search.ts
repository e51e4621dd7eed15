import { availableParallelism } from 'node:os';
import {
  createCheckerSync,
  explainSearch,
  type SearchExplanation,
  type SearchResult,
  searchSize,
} from '@gemm-preflight/checker-wasm';
import { mostSearchers, type RangesRequest, searchRanges } from './search-ranges.js';
import type { SearchTask } from './search-task.js';
import { localSearcher, type Searcher, workerSearcher } from './searcher.js';

/** How to run a search. */
export interface RunSettings extends Omit<RangesRequest, 'total'> {
  /** Threads at most; default: one for small spaces, else as many as the machine runs at a time. */
  readonly workers?: number;
}

/** Up to here a search takes less than half a second, and threads would not be worth starting. */
const smallSpace = 2_000_000;

/** Searches a space. The result is the same however many workers there are, unless the search was ended. */
export async function runSearch(
  task: SearchTask,
  { workers, ...settings }: RunSettings,
): Promise<SearchResult> {
  const total = searchSize(task.space);
  const wanted = workers ?? (total <= smallSpace ? 1 : availableParallelism());
  const count = Math.min(wanted, mostSearchers(total));
  const searchers: Searcher[] = [];
  try {
    if (count === 1) searchers.push(localSearcher(task));
    else for (let i = 0; i < count; i++) searchers.push(workerSearcher(task));
    const result = await searchRanges(searchers, { ...settings, total });
    const explanation = result.explanation ?? explain(task, result);
    return explanation === undefined ? result : { ...result, explanation };
  } finally {
    await Promise.all(searchers.map((searcher) => searcher.close()));
  }
}

/** Why nothing is valid, where everything was looked at. */
function explain(task: SearchTask, { total, decided, valid }: SearchResult): SearchExplanation | undefined {
  if (valid > 0 || decided < total) return undefined;
  return explainSearch(createCheckerSync(task.module), task.space, task.target, task.settings);
}
