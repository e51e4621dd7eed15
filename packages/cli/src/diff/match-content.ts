import type { Entry } from './entry.js';
import type { Pair } from './match.js';

/**
 * Matches entries that cannot be told apart by name. Equal ones belong together, best in the same place; then those that
 * stand behind the same match, in their order. So an entry that was taken out or put in does not make its followers look
 * like changes of each other.
 * @returns the pairs in the new side's order; those that went are last
 */
export function matchByContent(before: readonly Entry[], after: readonly Entry[]): readonly Pair[] {
  const equal = equalEntries(before.map(contentOf), after.map(contentOf));
  const partners = new Map([...equal, ...neighbours(before.length, after.length, equal)]);
  const kept = new Set(partners.values());
  return [
    ...after.map((entry, i) => ({ old: before[partners.get(i) ?? -1], new: entry })),
    ...before.filter((_, i) => !kept.has(i)).map((entry) => ({ old: entry, new: undefined })),
  ];
}

/** Positions of the new side, each with that of the old side that belongs to it. */
type Partners = ReadonlyMap<number, number>;

/** What is checked, as a text that is the same for equal entries. */
function contentOf({ given, problem }: Entry): string {
  const members = Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([problem, members]);
}

function equalEntries(before: readonly string[], after: readonly string[]): Partners {
  const partners = new Map<number, number>();
  for (const [i, content] of after.entries()) if (before[i] === content) partners.set(i, i);
  // What is equal and in another place: the first that is left.
  const left = groups(before.keys(), (i) => (partners.has(i) ? undefined : before[i]));
  for (const [i, content] of after.entries()) {
    const old = partners.has(i) ? undefined : left.get(content)?.next().value;
    if (old !== undefined) partners.set(i, old);
  }
  return partners;
}

/** Of what is left, the first behind a match with the first behind it on the other side, and so on. */
function neighbours(before: number, after: number, matched: Partners): Partners {
  const partners = new Map<number, number>();
  const newOf = new Map([...matched].map(([now, old]) => [old, now]));
  const beginning = -1;
  let behind = beginning;
  const left = groups(Array(before).keys(), (i) => {
    const now = newOf.get(i);
    if (now === undefined) return behind;
    behind = now;
    return undefined;
  });
  behind = beginning;
  for (let i = 0; i < after; i++) {
    if (matched.has(i)) behind = i;
    else {
      const old = left.get(behind)?.next().value;
      if (old !== undefined) partners.set(i, old);
    }
  }
  return partners;
}

/** Positions by a key, to be taken in their order; those whose key is undefined are left out. */
function groups<K>(
  positions: Iterable<number>,
  keyOf: (position: number) => K | undefined,
): ReadonlyMap<K, Iterator<number, undefined>> {
  const lists = new Map<K, number[]>();
  for (const position of positions) {
    const key = keyOf(position);
    if (key === undefined) continue;
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [position]);
    else list.push(position);
  }
  return new Map([...lists].map(([key, list]) => [key, list.values()]));
}
