import type { BatchedGemmOptions, OptionName, OptionValue } from '@gemm-preflight/types';
import { type ReadSpace, valuesIn } from '../space.js';
import type { Refusal } from './refusal.js';

/** For options of a space, values that it does not have and that would mend something; the nearest to its own first. */
export type Suggestions = ReadonlyMap<OptionName, readonly OptionValue[]>;

/** Values of one option that are kept. */
const mostOfOne = 1024;

/**
 * Collects what fixes would set options to.
 * @param refusals whose fixes are meant, those that matter most first
 * @param reached where fixes of fixes lead
 */
export function suggestionsFor(
  space: ReadSpace,
  refusals: readonly Refusal[],
  reached: readonly BatchedGemmOptions[],
): Suggestions {
  const changes = refusals.flatMap(({ errors }) =>
    errors.flatMap(({ fixes = [] }) => fixes.flatMap(({ changes }) => changes)),
  );
  const byName = new Map<OptionName, Map<string, OptionValue>>();
  const suggest = (name: OptionName, value: OptionValue) => {
    const values = byName.get(name) ?? new Map<string, OptionValue>();
    byName.set(name, values.size < mostOfOne ? values.set(keyOf(value), value) : values);
  };
  for (const options of reached) {
    for (const [name, value] of Object.entries(options)) suggest(name as OptionName, value);
  }
  for (const { field, to } of changes) suggest(field, to);
  return new Map(
    [...byName].flatMap(([name, values]) => {
      const others = outside(valuesIn(space, name), values);
      return others.length === 0 ? [] : [[name, others] as const];
    }),
  );
}

/** The values that are none of a space's own, the nearest to these first. */
function outside(
  own: readonly OptionValue[],
  values: ReadonlyMap<string, OptionValue>,
): readonly OptionValue[] {
  const ownKeys = new Set(own.map(keyOf));
  const others = [...values].filter(([key]) => !ownKeys.has(key)).map(([, value]) => value);
  const distances = new Map(others.map((value) => [value, distanceTo(own, value)]));
  return others.sort((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0));
}

/** The value of a space that is nearest to another: of numbers the nearest, else the first. */
export function nearestOf(own: readonly OptionValue[], to: OptionValue): OptionValue {
  return own.reduce((best, value) => (distance(value, to) < distance(best, to) ? value : best), own[0]);
}

/** How far a value is from those that a space has. */
export function distanceTo(own: readonly OptionValue[], to: OptionValue): number {
  return distance(nearestOf(own, to), to);
}

/** How large a change is: of a number as a share of it, and of anything else as large as doubling one. */
function distance(from: OptionValue, to: OptionValue): number {
  if (typeof from !== 'number' || typeof to !== 'number') return 1;
  return Math.abs(to - from) / Math.max(1, Math.abs(from));
}

/** Whether two values of an option are the same, lists by their entries. */
export function isSame(a: OptionValue, b: OptionValue): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && keyOf(a) === keyOf(b));
}

/** Values that are the same have the same key. */
function keyOf(value: OptionValue): string {
  return JSON.stringify(value) ?? '';
}
