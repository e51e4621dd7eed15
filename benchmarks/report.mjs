// How figures are measured and printed: a line each, for people, or as JSON with --json.
const asJson = process.argv.includes('--json');

/** Prints a figure. */
export function print(name, value, unit, details = {}) {
  if (asJson) console.log(JSON.stringify({ name, value, unit, details }));
  else console.log(`${name.padEnd(28)} ${value} ${unit.padEnd(10)} ${JSON.stringify(details)}`);
}

/** The median of figures, and how far apart they are. */
export function summary(figures) {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (share) => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toPrecision(3));
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), runs: sorted.length };
}

const warmUpMs = 1000;

/**
 * Runs works in alternation, so that all see the same machine. Each does `count` things; how many millions a second, in summary,
 * by the names of the works.
 */
export function rates(count, works, runs = 51) {
  const figures = Object.entries(works).map(([name, work]) => ({ name, work, perSecond: [] }));
  // Engines compile what runs often once more, in another thread, which takes them some tenths of a second.
  const warm = performance.now() + warmUpMs;
  while (performance.now() < warm) for (const { work } of figures) work();
  for (let i = 0; i < runs; i++) {
    for (const { work, perSecond } of figures) {
      const start = performance.now();
      work();
      perSecond.push(count / (performance.now() - start) / 1000);
    }
  }
  return Object.fromEntries(figures.map(({ name, perSecond }) => [name, summary(perSecond)]));
}
