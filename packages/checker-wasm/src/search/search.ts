import type { BatchedGemmOptions, Target } from '@gemm-preflight/types';
import type { Checker } from '../checker.js';
import type { SearchExplanation } from './explain/explanation.js';
import { ruleOrder } from './order.js';
import { readLimit, readRange, type SearchSettings } from './settings.js';
import type { ReadSpace } from './space.js';
import { SpaceWalk } from './walk.js';

/** The outcome of a search. */
export interface SearchResult {
  /** Configurations in the space. */
  readonly total: number;
  /** Configurations decided: all of the range, unless the search was ended. */
  readonly decided: number;
  /** Configurations without an error. */
  readonly valid: number;
  /** How many of the others each rule refuses first, in the order of the rules. */
  readonly refused: Readonly<Record<string, number>>;
  /** Valid configurations as the space gives them, before adjustments; no more than the limit. */
  readonly configurations: readonly BatchedGemmOptions[];
  /** Why nothing is left; absent where something is, and where the search was not of the whole space. */
  readonly explanation?: SearchExplanation;
}

/** Walks a space, or a range of it. */
export function runSearch(
  checker: Pick<Checker, 'module'>,
  space: ReadSpace,
  target: Target,
  settings: SearchSettings,
): SearchResult {
  const { total } = space;
  const [begin, end] = readRange(settings.range, total);
  const limit = readLimit(settings.limit);
  const walk = new SpaceWalk(checker, space, target, settings);
  const configurations: BatchedGemmOptions[] = [];
  let at = begin;
  do {
    const step = walk.step(at, end, limit - configurations.length);
    at = step.at;
    configurations.push(...step.found);
  } while (settings.onProgress?.(at - begin, end - begin) !== false && at < end);
  return { total, decided: at - begin, valid: walk.valid, refused: walk.refused, configurations };
}

/**
 * What several parts of one search found together.
 * @throws {RangeError} for a limit that is no number of configurations
 */
export function mergeSearches(parts: readonly SearchResult[], limit?: number): SearchResult {
  const most = readLimit(limit);
  const sum = (of: (part: SearchResult) => number) => parts.reduce((total, part) => total + of(part), 0);
  const rules = ruleOrder.filter(({ name }) => parts.some(({ refused }) => refused[name] !== undefined));
  return {
    total: parts[0]?.total ?? 0,
    decided: sum(({ decided }) => decided),
    valid: sum(({ valid }) => valid),
    refused: Object.fromEntries(rules.map(({ name }) => [name, sum(({ refused }) => refused[name] ?? 0)])),
    configurations: parts.flatMap(({ configurations }) => configurations).slice(0, most),
  };
}
