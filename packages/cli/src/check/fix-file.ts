import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import { readText } from '../input/read-text.js';
import { UserError } from '../user-error.js';
import type { CheckedCase } from './check-case.js';

/**
 * Writes the fixes of a document's cases into its file. What is not changed keeps its place and its form.
 * @throws {UserError} when the file cannot be written
 */
export async function fixFile(path: string, cwd: string, checked: readonly CheckedCase[]): Promise<void> {
  const before = await readText(path, cwd);
  const after = checked.reduce(withFixes, before);
  if (after === before) return;
  try {
    await writeFile(resolve(cwd, path), after);
  } catch (error) {
    throw new UserError(
      `cannot write the fixes to ${path}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function withFixes(text: string, { case: { place }, fixed }: CheckedCase): string {
  // Without formatting options only the values are replaced, and what surrounds them stays.
  return fixed
    .flatMap(({ changes }) => changes)
    .reduce(
      (json, { field, to }) => applyEdits(json, modify(json, [...place.optionsPath, field], to, {})),
      text,
    );
}
