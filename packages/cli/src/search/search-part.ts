import { type Checker, type SearchResult, type SearchSettings, search } from '@gemm-preflight/checker-wasm';
import type { SearchTask } from './search-task.js';

/** Positions of a space, from the first to before the last. */
export type Range = readonly [begin: number, end: number];

/** A part of a search to do. */
export interface PartRequest {
  readonly range: Range;
  /** How many valid configurations to bring back; all are counted. */
  readonly limit: number;
}

/** How long a part may take: so long no signal is heard, and no progress shown. */
const partMs = 100;

/** Searches from the beginning of a range as far as it gets in a tenth of a second; the result says how far that was. */
export function searchPart(
  checker: Checker,
  { space, target, settings }: Omit<SearchTask, 'module'>,
  { range, limit }: PartRequest,
): SearchResult {
  const deadline = performance.now() + partMs;
  const onProgress: SearchSettings['onProgress'] = () => performance.now() < deadline;
  return search(checker, space, target, { ...settings, range, limit, onProgress });
}
