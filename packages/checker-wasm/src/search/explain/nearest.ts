import type { BatchedGemmOptions, OptionChange, OptionName, OptionValue } from '@gemm-preflight/types';
import { type ReadSpace, sizeOf, valuesIn } from '../space.js';
import { distanceTo, isSame, nearestOf, type Suggestions } from './suggestions.js';

/** The smallest change of a space that leaves something valid. */
export interface NearestValid {
  /** A valid configuration of the space with the changes. */
  readonly options: BatchedGemmOptions;
  /** The options that the space would have to give another value. */
  readonly changes: readonly OptionChange[];
}

/** Finds a valid configuration of a space; undefined where there is none, or none is found soon. */
export type FindValid = (space: ReadSpace) => BatchedGemmOptions | undefined;

/**
 * The smallest change to suggested values after which a space has a valid configuration: of one option if that is enough, else
 * of several of which none can be left out. undefined where none helps.
 */
export function nearestValid(
  space: ReadSpace,
  suggested: Suggestions,
  findValid: FindValid,
): NearestValid | undefined {
  const size = (options: BatchedGemmOptions) => sizeOfChange(space, suggested, options);
  const names = [...suggested.keys()];
  const alone = names.flatMap((name) => narrowed(space, suggested, [name], findValid) ?? []);
  const [smallest] = alone.sort((a, b) => size(a) - size(b));
  const options = smallest ?? narrowed(space, suggested, irreducible(space, suggested, findValid), findValid);
  return options && { options, changes: changesOf(space, suggested, options) };
}

/** Options of which all have to change, and after whose change something is valid; none where nothing helps. */
function irreducible(space: ReadSpace, suggested: Suggestions, findValid: FindValid): readonly OptionName[] {
  const changedIn = (options: BatchedGemmOptions) =>
    changesOf(space, suggested, options).map(({ field }) => field);
  const both = (name: OptionName) => [...valuesIn(space, name), ...(suggested.get(name) ?? [])];
  const widened = (names: readonly OptionName[]) => findValid(withValues(space, names, both));
  const anything = widened([...suggested.keys()]);
  let names = anything === undefined ? [] : changedIn(anything);
  for (const name of names) {
    const without = names.filter((other) => other !== name);
    const found = names.includes(name) ? widened(without) : undefined;
    if (found !== undefined) names = changedIn(found);
  }
  return names;
}

/** A valid configuration in which some options have suggested values, each the nearest that the others leave. */
function narrowed(
  space: ReadSpace,
  suggested: Suggestions,
  names: readonly OptionName[],
  findValid: FindValid,
): BatchedGemmOptions | undefined {
  const values = new Map(names.map((name) => [name, suggested.get(name) ?? []]));
  const find = () =>
    names.length === 0 ? undefined : findValid(withValues(space, names, (name) => values.get(name) ?? []));
  let best = find();
  for (const name of best === undefined ? [] : names) {
    let nearer: BatchedGemmOptions | undefined = best;
    while (nearer !== undefined) {
      best = nearer;
      const all = values.get(name) ?? [];
      const reached = best[name];
      const at = all.findIndex((value) => isSame(value, reached));
      values.set(name, all.slice(0, at));
      nearer = at > 0 ? find() : undefined;
      if (nearer === undefined) values.set(name, [reached]);
    }
  }
  return best;
}

/** A space with other values for some of its options. */
function withValues(
  space: ReadSpace,
  names: readonly OptionName[],
  valuesFor: (name: OptionName) => readonly OptionValue[],
): ReadSpace {
  const changed = names.map((name) => ({ name, values: valuesFor(name) }));
  const kept = space.axes.filter(({ name }) => !names.includes(name));
  const axes = [...kept, ...changed.filter(({ values }) => values.length > 1)];
  const given = Object.fromEntries(changed.map(({ name, values }) => [name, values[0]]));
  return { first: { ...space.first, ...given }, axes, total: sizeOf(axes) };
}

/** How far a configuration is from a space. */
function sizeOfChange(space: ReadSpace, suggested: Suggestions, options: BatchedGemmOptions): number {
  return changesOf(space, suggested, options).reduce((sum, { from, to }) => sum + distanceTo([from], to), 0);
}

/** What a configuration has that its space does not. */
function changesOf(
  space: ReadSpace,
  suggested: Suggestions,
  options: BatchedGemmOptions,
): readonly OptionChange[] {
  return [...suggested].flatMap(([field, values]) => {
    const to = options[field];
    return values.some((value) => isSame(value, to))
      ? [{ field, from: nearestOf(valuesIn(space, field), to), to }]
      : [];
  });
}
