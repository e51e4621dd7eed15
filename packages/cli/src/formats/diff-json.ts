import type { Change } from '../diff/compare.js';
import type { Diff } from '../diff/diff-files.js';
import type { Entry } from '../diff/entry.js';

/** A comparison as JSON. Entries that did not change are counted, and not listed. */
export function diffJson({ kind, changes, ...diff }: Diff): string {
  const listed = changes.filter(({ status }) => status !== 'unchanged').map(changeOf);
  const { problemFile, matching, ...rest } = diff;
  return `${JSON.stringify(
    {
      ...rest,
      kind,
      matchedBy: matching.by,
      because: matching.because ?? null,
      heldAgainst: kind === 'cases' ? null : (problemFile ?? 'canonical'),
      changes: listed,
    },
    null,
    2,
  )}\n`;
}

function changeOf({ status, old, new: now, ...rest }: Change): object {
  return { status, old: sideOf(old), new: sideOf(now), ...rest };
}

function sideOf(entry: Entry | undefined): object | null {
  if (entry === undefined) return null;
  const { label, place, problem, outcome } = entry;
  return { label, place: place() ?? null, problem: problem ?? null, ...outcome };
}
