import type { Entry } from './entry.js';
import { matchByContent } from './match-content.js';

/** An entry before and after; one of them is undefined where it came or went. */
export interface Pair {
  readonly old: Entry | undefined;
  readonly new: Entry | undefined;
}

/** How the entries of two sides belong together. */
export interface Matching {
  readonly by: 'name' | 'content' | 'position';
  /** Why not by name; undefined where it is by name. */
  readonly because: string | undefined;
  /** In the new side's order; those that went are last. */
  readonly pairs: readonly Pair[];
}

/** A side to match. */
export interface NamedSide {
  /** As the user calls it. */
  readonly file: string;
  /** There may be other than one entry. */
  readonly many: boolean;
  readonly entries: readonly Entry[];
}

/**
 * Matches entries by their names where every entry of both sides has one of its own, else by what they hold. Two files with
 * one configuration each are compared whatever these are called, and a file under two rule sets has the same entries.
 */
export function matchEntries(before: NamedSide, after: NamedSide): Matching {
  const single = !before.many && !after.many;
  if (single || before.file === after.file) {
    const because = single ? 'there is one on each side' : 'it is the same file';
    return { by: 'position', because, pairs: byPosition(before, after) };
  }
  const because = unnamed(before) ?? unnamed(after);
  if (because === undefined) return { by: 'name', because, pairs: byName(before, after) };
  return { by: 'content', because, pairs: matchByContent(before.entries, after.entries) };
}

/** Why the entries of a side cannot be told apart by name. */
function unnamed({ file, entries }: NamedSide): string | undefined {
  const seen = new Set<string>();
  for (const [i, { name }] of entries.entries()) {
    if (name === undefined) return `entry ${i + 1} of ${file} has no name`;
    if (seen.has(name)) return `${file} has "${name}" twice`;
    seen.add(name);
  }
  return undefined;
}

function byPosition(before: NamedSide, after: NamedSide): readonly Pair[] {
  const length = Math.max(before.entries.length, after.entries.length);
  return Array.from({ length }, (_, i) => ({ old: before.entries[i], new: after.entries[i] }));
}

function byName(before: NamedSide, after: NamedSide): readonly Pair[] {
  const old = new Map(before.entries.map((entry) => [entry.name, entry]));
  const kept = new Set(after.entries.map(({ name }) => name));
  return [
    ...after.entries.map((entry) => ({ old: old.get(entry.name), new: entry })),
    ...before.entries.filter(({ name }) => !kept.has(name)).map((entry) => ({ old: entry, new: undefined })),
  ];
}
