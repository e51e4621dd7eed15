import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { catalogSchema, type KernelCatalog } from '@gemm-preflight/types';
import { shapedFrom } from '../input/read-shaped.js';
import { UserError } from '../user-error.js';
import type { Import } from './import-kernels.js';

/** What an import wrote; paths as the user gave the folder. */
export interface WrittenImport {
  /** Undefined where there is no entry for it. */
  readonly catalog: string | undefined;
  /** The entries that lack something; undefined where none does. */
  readonly incomplete: string | undefined;
}

const names = { catalog: 'catalog.json', incomplete: 'incomplete.json' } as const;

const note = 'Written by preflight import.';
const incompleteNote =
  'Kernels of which something is not known. Fill it in, and import again with this file as --metadata.';

/**
 * Writes the cubins, the catalog of what is complete, and what else is known of the rest.
 * @param replace overwrite what an earlier import wrote
 * @throws {UserError} when there is a catalog already, or the folder cannot be written
 */
export async function writeImport(
  { kernels, cubins }: Import,
  folder: string,
  cwd: string,
  replace: boolean,
): Promise<WrittenImport> {
  const out = resolve(cwd, folder);
  const entries = kernels.filter(({ problems }) => problems.length === 0).map(({ entry }) => entry);
  const incomplete = kernels.filter(({ isIncomplete }) => isIncomplete).map(({ entry }) => entry);
  const text = document(note, entries);
  // Numbers in names and tables are anybody's: what is written has to be a catalog.
  await shapedFrom<KernelCatalog>(text, 'the catalog to write', catalogSchema, 'catalog');
  const named = new Set([...entries, ...incomplete].map(({ cubin }) => cubin));
  try {
    await mkdir(join(out, 'cubins'), { recursive: true });
    // The lists come first: they say that the folder is taken.
    await writeList(join(out, names.catalog), entries.length > 0 ? text : undefined, replace);
    const rest = incomplete.length > 0 ? document(incompleteNote, incomplete) : undefined;
    await writeList(join(out, names.incomplete), rest, replace);
    for (const [path, bytes] of cubins) if (named.has(path)) await writeFile(join(out, path), bytes);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
  return {
    catalog: entries.length > 0 ? join(folder, names.catalog) : undefined,
    incomplete: incomplete.length > 0 ? join(folder, names.incomplete) : undefined,
  };
}

/** Writes a list, or where it is to be replaced by none, takes the old one away. */
async function writeList(path: string, text: string | undefined, replace: boolean): Promise<void> {
  if (text !== undefined) await writeFile(path, text, { flag: replace ? 'w' : 'wx' });
  else if (replace) await rm(path, { force: true });
}

function document(text: string, kernels: readonly object[]): string {
  return `${JSON.stringify({ note: text, kernels }, null, 2)}\n`;
}

function cannotWrite(folder: string, error: unknown): UserError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EEXIST') {
    const path = error instanceof Error && 'path' in error ? basename(String(error.path)) : names.catalog;
    return new UserError(
      `${folder} has a file ${path} already; name another folder, or pass --force to replace it`,
    );
  }
  return new UserError(`cannot write to ${folder}: ${error instanceof Error ? error.message : error}`);
}
