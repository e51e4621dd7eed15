import { readdir, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { cannotRead } from '../input/read-text.js';
import { UserError } from '../user-error.js';

/** What device code comes in. */
const extensions: ReadonlySet<string> = new Set([
  ...['.cubin', '.fatbin'],
  ...['.c', '.cc', '.cpp', '.cxx', '.cu', '.cuh', '.h', '.hpp', '.inc'],
]);

/** Somebody has named the wrong folder where it has more. */
const mostFiles = 20_000;

/** A file to import from. */
export interface FoundFile {
  readonly path: string;
  /** Named by the user, not found in a folder: it has to hold something. */
  readonly isNamed: boolean;
}

/**
 * The files of paths: those themselves, and of folders all below that can hold device code. Links in folders are not followed.
 * @throws {UserError} when a path leads nowhere, or a folder has too many files
 */
export async function findFiles(paths: readonly string[], cwd: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const path of paths) {
    if (!(await isFolder(path, cwd))) found.push({ path, isNamed: true });
    else for (const file of await filesBelow(path, cwd)) found.push({ path: file, isNamed: false });
    if (found.length > mostFiles)
      throw new UserError(`${path} has more than ${mostFiles} files to import from`);
  }
  return found;
}

async function isFolder(path: string, cwd: string): Promise<boolean> {
  try {
    return (await stat(resolve(cwd, path))).isDirectory();
  } catch (error) {
    throw cannotRead(path, error);
  }
}

async function filesBelow(folder: string, cwd: string): Promise<readonly string[]> {
  const start = resolve(cwd, folder);
  const entries = await readdir(start, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw cannotRead(folder, error);
  });
  return entries
    .filter((entry) => entry.isFile() && extensions.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(folder, join(entry.parentPath, entry.name).slice(start.length)))
    .sort();
}
