/** Longer than any name: no slip of one, and slow to compare. */
const longestName = 100;

/** `; did you mean "x"?` where a known name is near, else nothing. */
export function suggestion(given: string, known: readonly string[]): string {
  const nearest = nearestTo(given, known);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

function nearestTo(given: string, known: readonly string[]): string | undefined {
  if (given.length > longestName) return undefined;
  // Whoever writes TILEM means tileM.
  const meant = given.toLowerCase();
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const name of known) {
    // Texts are at least as far apart as their lengths.
    if (Math.abs(name.length - given.length) >= least) continue;
    const distance = editDistance(name.toLowerCase(), meant);
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}

/** How many characters have to be added, left out or replaced to make one text the other: Levenshtein's distance. */
export function editDistance(from: string, to: string): number {
  // From what has been read of the one to each beginning of the other.
  let distances = Array.from({ length: to.length + 1 }, (_, length) => length);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const [added, leftOut, replaced] = [next[j] ?? 0, distances[j + 1] ?? 0, distances[j] ?? 0];
      next.push(from[i] === to[j] ? replaced : 1 + Math.min(added, leftOut, replaced));
    }
    distances = next;
  }
  return distances[to.length] ?? 0;
}
