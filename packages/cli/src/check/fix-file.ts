import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import type { CasePlace } from '../input/case.js';
import { casesOfDocument } from '../input/read-cases.js';
import { meaningOf, readMarkedText } from '../input/read-text.js';
import { UserError } from '../user-error.js';
import type { CheckedCase } from './check-case.js';

/**
 * Writes the fixes of a document's cases into its file. What is not changed keeps its form, byte order mark and line ends
 * among it.
 * @returns the cases with the places that they have now, for a value that became longer moves what follows it
 * @throws {UserError} when the file cannot be written
 */
export async function fixFile(
  path: string,
  cwd: string,
  checked: readonly CheckedCase[],
): Promise<readonly CheckedCase[]> {
  if (checked.every(({ fixed }) => fixed.length === 0)) return checked;
  const { mark, text } = await readMarkedText(path, cwd);
  const after = checked.reduce(withFixes, text);
  try {
    await writeFile(resolve(cwd, path), mark + after);
  } catch (error) {
    throw new UserError(`cannot write the fixes to ${path}: ${meaningOf(error)}`);
  }
  const places = await placesIn(after, path);
  return checked.map((one, i) => ({ ...one, case: { ...one.case, place: places[i] ?? one.case.place } }));
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

async function placesIn(text: string, path: string): Promise<readonly CasePlace[]> {
  const places: CasePlace[] = [];
  for await (const batch of casesOfDocument(text, path).batches) {
    places.push(...batch.map(({ place }) => place));
  }
  return places;
}
