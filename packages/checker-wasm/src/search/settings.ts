import type { CheckSettings } from '../checker.js';

/** How to search. */
export interface SearchSettings extends Omit<CheckSettings, 'stopAtFirst'> {
  /**
   * How many valid configurations to return, the first in the order of the search: a whole number, or Infinity for all; default
   * 1000. All are counted.
   */
  readonly limit?: number;
  /** The part of the search to do, as positions from 0 to the number of configurations: for workers. Default: all. */
  readonly range?: readonly [begin: number, end: number];
  /** Is told now and then how many configurations of the range have been decided; false ends the search there. */
  readonly onProgress?: (decided: number, of: number) => unknown;
}

const defaultLimit = 1000;

/**
 * The limit, once it is one.
 * @throws {RangeError} for what is no number of configurations
 */
export function readLimit(limit: number = defaultLimit): number {
  if ((Number.isInteger(limit) || limit === Number.POSITIVE_INFINITY) && limit >= 0) return limit;
  throw new RangeError(`the limit is ${shown(limit)}; it must be a whole number from 0, or Infinity`);
}

/**
 * The range, once it is a part of the space.
 * @throws {RangeError} for any other
 */
export function readRange(
  range: SearchSettings['range'],
  total: number,
): readonly [begin: number, end: number] {
  if (range === undefined) return [0, total];
  const [begin, end]: readonly unknown[] = Array.isArray(range) ? range : [];
  if (typeof begin !== 'number' || typeof end !== 'number') {
    throw new RangeError('the range must be two positions, [begin, end]');
  }
  const isPosition = (value: number) => Number.isInteger(value) && value >= 0 && value <= total;
  if (isPosition(begin) && isPosition(end) && begin <= end) return [begin, end];
  throw new RangeError(`the range ${begin} to ${end} is no part of the ${total} configurations`);
}

/** What a caller gave for a number, in a word. */
function shown(given: unknown): string {
  return typeof given === 'number' ? String(given) : `of type ${given === null ? 'null' : typeof given}`;
}
