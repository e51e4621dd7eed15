/** Whether something grows: how much of it there may be more at the end than early on, in bytes. */
export const bounds = {
  /** JavaScript's objects, garbage collected. Engines keep code and feedback that they go on to collect for a while. */
  heapBytes: 2 * 2 ** 20,
  /** Array buffers, which lie outside of the heap: parameter blocks are. */
  arrayBufferBytes: 2 ** 20,
  /** All of the process. Young generations come and go by 16 MiB. */
  rssBytes: 48 * 2 ** 20,
  /** Device memory that is taken. A driver takes it in pieces of 2 MiB, and other processes may have moved one. */
  deviceBytes: 4 * 2 ** 20,
};

/**
 * What has grown by more than it may from an early sample to the last, a line each.
 * @param samples in order of time; the first third is for drivers and engines to get what they keep
 */
export function growths(samples, limits = bounds) {
  const early = samples[Math.floor(samples.length / 3)];
  const last = samples.at(-1);
  if (early === undefined || last === undefined || early === last) return ['too few samples to compare'];
  return Object.entries(limits).flatMap(([name, limit]) => {
    const grown = last[name] - early[name];
    const from = `from ${mebibytes(early[name])} after ${early.seconds} s to ${mebibytes(last[name])} after ${last.seconds} s`;
    return grown > limit
      ? [`${name} grew by ${mebibytes(grown)}, and may by ${mebibytes(limit)}: ${from}`]
      : [];
  });
}

/** A line of a table. */
export function formatSample({ seconds, launches, heapBytes, arrayBufferBytes, rssBytes, deviceBytes }) {
  const sizes = [heapBytes, arrayBufferBytes, rssBytes, deviceBytes].map((bytes) => mebibytes(bytes));
  return formatRow([String(seconds), launches.toLocaleString('en'), ...sizes]);
}

/** The table's head. */
export const head = formatRow(['s', 'launches', 'heap', 'array buffers', 'process', 'device']);

function formatRow(cells) {
  return cells.map((cell, i) => cell.padStart(i === 0 ? 6 : 15)).join('');
}

function mebibytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
