import type { Target, TargetName } from '@gemm-preflight/types';
import { type Checker, resolveTarget } from '../checker.js';
import { ruleSetNamed } from '../rule-sets.js';
import { explainSpace } from './explain/explain-space.js';
import type { SearchExplanation } from './explain/explanation.js';
import { runSearch, type SearchResult } from './search.js';
import type { SearchSettings } from './settings.js';
import { readSpace, type SearchSpace } from './space.js';

export type { SearchExplanation, SearchObstacle } from './explain/explanation.js';
export type { NearestValid } from './explain/nearest.js';
export { mergeSearches, type SearchResult } from './search.js';
export type { SearchSettings } from './settings.js';
export type { SearchSpace } from './space.js';
export { findInvalidValues, mostSearchValues, type ValuesFault } from './values.js';

/**
 * Searches a space of options for valid configurations: counts them, returns the first of them, and says how many of the
 * others each rule refuses first. The checker's module walks the space; a subtree is left out where the options that
 * it has in common break a rule.
 * @throws {TypeError} for a space that is none, in one line
 * @throws {RangeError} for more than 2^53 configurations, a limit that is none, a range outside of them, an unknown target or
 * rule set
 */
export function search(
  checker: Checker,
  space: SearchSpace,
  target: Target | TargetName,
  settings: SearchSettings = {},
): SearchResult {
  ruleSetNamed(settings.ruleSet);
  const read = readSpace(space);
  const on = resolveTarget(target);
  const result = runSearch(checker, read, on, settings);
  const { limit: _limit, range: _range, onProgress: _onProgress, ...checkSettings } = settings;
  if (result.valid > 0 || result.decided < read.total) return result;
  const explanation = explainSpace(checker, read, on, checkSettings);
  return explanation === undefined ? result : { ...result, explanation };
}

/** How many configurations a space has. Throws as {@link search} does. */
export function searchSize(space: SearchSpace): number {
  return readSpace(space).total;
}

/**
 * Says why a space has no valid configuration, for a search that was done in parts. It takes up to some seconds in a space of many
 * long axes, else some tenths of one.
 * @returns undefined when it comes across a valid configuration
 */
export function explainSearch(
  checker: Checker,
  space: SearchSpace,
  target: Target | TargetName,
  settings: Pick<SearchSettings, 'ruleSet' | 'onlyRuleSet' | 'kernel'> = {},
): SearchExplanation | undefined {
  return explainSpace(checker, readSpace(space), resolveTarget(target), settings);
}
