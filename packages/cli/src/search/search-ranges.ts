import { mergeSearches, type SearchResult } from '@gemm-preflight/checker-wasm';
import type { Range } from './search-part.js';
import type { Searcher } from './searcher.js';

/** What is known of a search that goes on. */
export interface SearchProgress {
  readonly total: number;
  readonly decided: number;
  readonly valid: number;
}

/** How to search a space in parts. */
export interface RangesRequest {
  /** Configurations in the space. */
  readonly total: number;
  /** Valid configurations to return: the first in the order of positions, whoever finds them. */
  readonly limit: number;
  /** Ends the search after the parts that are being done. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SearchProgress) => void;
}

interface Decided {
  readonly range: Range;
  readonly result: SearchResult;
}

/** The fewest positions that are worth a message to another thread: ten milliseconds where rules thin them out, else some fifty. */
const smallestPart = 1 << 19;

/** How many searchers a space has work for. */
export function mostSearchers(total: number): number {
  return Math.ceil(total / smallestPart);
}

/**
 * Searches a space with several searchers. Each takes a share of what is left, smaller and smaller, and gives back what it
 * did not get to; so they end together, however differently rules thin out the parts of the space.
 */
export async function searchRanges(
  searchers: readonly Searcher[],
  { total, limit, signal, onProgress }: RangesRequest,
): Promise<SearchResult> {
  let left: readonly Range[] = [[0, total]];
  let decided: readonly Decided[] = [];

  const take = (): Range | undefined => {
    const [first, ...others] = left;
    if (first === undefined || signal?.aborted) return undefined;
    const [begin, end] = first;
    const inAll = left.reduce((sum, [from, to]) => sum + to - from, 0);
    const share =
      searchers.length === 1 ? inAll : Math.max(smallestPart, Math.ceil(inAll / (4 * searchers.length)));
    const cut = Math.min(end, begin + share);
    left = cut < end ? [[cut, end], ...others] : others;
    return [begin, cut];
  };

  const work = async (searcher: Searcher): Promise<void> => {
    for (let range = take(); range !== undefined; range = take()) {
      const [begin, end] = range;
      const result = await searcher.search({
        range,
        limit: Math.max(0, limit - foundBefore(decided, begin)),
      });
      const reached = begin + result.decided;
      decided = joined([...decided, { range: [begin, reached], result }], limit);
      if (reached < end) left = sorted([...left, [reached, end]], (entry) => entry);
      const merged = mergeSearches(
        decided.map((part) => part.result),
        0,
      );
      onProgress?.({ total, decided: merged.decided, valid: merged.valid });
    }
  };

  await Promise.all(searchers.map(work));
  const [only, ...others] = decided.map(({ result }) => result);
  if (only !== undefined && others.length === 0) return only;
  // Where not even one part was begun, nothing is decided.
  const nothing: SearchResult = { total, decided: 0, valid: 0, refused: {}, configurations: [] };
  return mergeSearches(only === undefined ? [nothing] : [only, ...others], limit);
}

/** Configurations that were brought back from before a position. */
function foundBefore(decided: readonly Decided[], position: number): number {
  return decided
    .filter(({ range }) => range[1] <= position)
    .reduce((sum, { result }) => sum + result.configurations.length, 0);
}

function sorted<T>(entries: readonly T[], rangeOf: (entry: T) => Range): readonly T[] {
  return entries.toSorted((a, b) => rangeOf(a)[0] - rangeOf(b)[0]);
}

/** Decided parts in order, with neighbours made one: there are never many more of them than searchers. */
function joined(parts: readonly Decided[], limit: number): readonly Decided[] {
  const together: Decided[] = [];
  for (const part of sorted(parts, ({ range }) => range)) {
    const before = together.at(-1);
    if (before?.range[1] !== part.range[0]) together.push(part);
    else {
      const result = mergeSearches([before.result, part.result], limit);
      together.splice(-1, 1, { range: [before.range[0], part.range[1]], result });
    }
  }
  return together;
}
