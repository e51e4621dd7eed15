// How figures are printed: a line each, for people, or as JSON with --json.
const asJson = process.argv.includes('--json');

/** Prints a figure. */
export function print(name, value, unit, details = {}) {
  if (asJson) console.log(JSON.stringify({ name, value, unit, details }));
  else console.log(`${name.padEnd(24)} ${value} ${unit.padEnd(10)} ${JSON.stringify(details)}`);
}

/** The median of times in milliseconds, and how far apart they are. */
export function summary(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toPrecision(3));
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), runs: sorted.length };
}
