import type { BatchedGemmOptions, OptionName } from '@gemm-preflight/types';
import { applyFix } from '../../fixes.js';
import { type Axis, configurationAt, type ReadSpace, sizeOf, valuesIn } from '../space.js';
import { allRefused, isMilder, type Look, mildestFirst, type Refusal } from './refusal.js';

// Which configurations of a space are looked at one by one: to check one takes some fifty microseconds.

/** How many configurations are looked at together in a space: fewer where each has long lists of tokens to be read. */
export function mostTogether(space: ReadSpace): number {
  const lists = [...valuesIn(space, 'batchedM'), ...valuesIn(space, 'batchedN')];
  const longest = lists.reduce((most: number, list) => Math.max(most, (list as readonly number[]).length), 1);
  return Math.max(16, Math.min(2048, Math.floor(2 ** 20 / longest)));
}

/** From so many of them, a way to milder ones is looked for. */
const mostStarts = 4;

/**
 * Refused configurations of a space, some with few errors among them: all of a small space, else those spread over it, and those on
 * the way from a few of these to others that are milder than all around them.
 * @returns undefined when one is valid
 */
export function sampleOf(space: ReadSpace, look: Look): readonly Refusal[] | undefined {
  const most = mostTogether(space);
  const positions = spreadNumbers(space.total, space.total <= most ? most : most / 4);
  const spread = allRefused(
    positions.map((position) => configurationAt(space, position)),
    look,
  );
  if (spread === undefined || spread.length === space.total) return spread;
  const descents = startsIn(spread).map((start) => descend(space, start, look));
  return descents.includes(undefined)
    ? undefined
    : [...spread, ...descents.flatMap((descent) => descent ?? [])];
}

/** The mildest refusals, of each set of rules one. */
function startsIn(refusals: readonly Refusal[]): readonly Refusal[] {
  const starts = new Map<string, Refusal>();
  for (const refusal of mildestFirst(refusals)) {
    const rules = refusal.errors.map(({ rule }) => rule).join();
    if (!starts.has(rules)) starts.set(rules, refusal);
    if (starts.size === mostStarts) break;
  }
  return [...starts.values()];
}

/** Goes on to what is milder as long as there is something; returns all that it looks at. */
function descend(space: ReadSpace, from: Refusal, look: Look): readonly Refusal[] | undefined {
  const close = allRefused([...around(space, from.options), ...fixesWithin(space, from)], look);
  const [milder] = mildestFirst(close ?? []);
  if (close === undefined || milder === undefined || !isMilder(milder, from)) return close;
  const further = descend(space, milder, look);
  return further && [...close, ...further];
}

/** What fixes make of a configuration, as far as the space has it. */
function fixesWithin(space: ReadSpace, { options, errors }: Refusal): readonly BatchedGemmOptions[] {
  return errors
    .flatMap(({ fixes = [] }) => fixes)
    .filter(({ changes }) => changes.every(({ field, to }) => valuesIn(space, field).includes(to)))
    .map((fix) => applyFix(options, fix));
}

/** A configuration, and those that differ from it in the value of a single axis. */
export function around(space: ReadSpace, options: BatchedGemmOptions): readonly BatchedGemmOptions[] {
  const each = Math.ceil(mostTogether(space) / Math.max(1, space.axes.length));
  return [options, ...space.axes.flatMap(({ name }) => withEachValue(space, options, name, each))];
}

/** A configuration with the values that a space has for one option, or `most` of them. */
export function withEachValue(
  space: ReadSpace,
  options: BatchedGemmOptions,
  name: OptionName,
  most = mostTogether(space),
): readonly BatchedGemmOptions[] {
  const values = valuesIn(space, name);
  return spreadNumbers(values.length, most).map((i) => ({ ...options, [name]: values[i] }));
}

/** One configuration for each combination of a space's values on some axes, else like the one given; undefined for too many. */
export function combinations(
  space: ReadSpace,
  axes: readonly Axis[],
  options: BatchedGemmOptions,
): readonly BatchedGemmOptions[] | undefined {
  const total = sizeOf(axes);
  if (total > mostTogether(space)) return undefined;
  return Array.from({ length: total }, (_, i) => configurationAt({ first: options, axes }, i));
}

const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** All numbers from 0 to before `total` if they are few, else `most` of them that no period hides anything from. */
function spreadNumbers(total: number, most: number): readonly number[] {
  if (total <= most) return Array.from({ length: total }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.floor(((i * goldenRatio) % 1) * total));
}
