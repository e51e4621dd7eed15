import { expect } from 'vitest';
import type { Status } from '../../src/diff/compare.js';
import { run, type World } from './run-main.js';
import { temporaryFile } from './temporary.js';

/** Runs preflight diff --format json; the document, and the exit code. */
export async function diff(argv: readonly string[], world?: World) {
  const { code, stdout, stderr } = await run(['diff', ...argv, '--format', 'json'], world);
  expect(stderr).toBe('');
  return { code, ...JSON.parse(stdout) };
}

/** Writes two documents, and compares them. */
export function diffOf(old: unknown, now: unknown, ...flags: readonly string[]) {
  return diff([temporaryFile('old.json', old), temporaryFile('new.json', now), ...flags]);
}

type Labelled = { readonly label: string } | null;

/** The entries of a comparison that changed, as `status label`. */
export function shown({
  changes,
}: {
  readonly changes: readonly { readonly status: Status; readonly old: Labelled; readonly new: Labelled }[];
}): readonly string[] {
  return changes.map(({ status, old, new: now }) => `${status} ${(now ?? old)?.label}`);
}
