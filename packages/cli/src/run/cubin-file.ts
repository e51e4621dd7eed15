import { realpath } from 'node:fs/promises';
import { cubinLimits, sha256Of } from '@gemm-preflight/launcher-native';
import { pathBelow } from '../formats/paths.js';
import type { CatalogEntry } from '../input/catalog.js';
import { readBounded } from '../input/read-bounded.js';
import { cannotRead } from '../input/read-text.js';
import { exitCodes, UserError } from '../user-error.js';

/**
 * Reads a cubin that a catalog names.
 * @param root the folder that it has to be in, also when all links are followed
 * @throws {UserError} when it cannot be read, is elsewhere, or too large
 */
export async function readCubinFile(path: string, root: string): Promise<Uint8Array> {
  const what = `the cubin ${path}, which the catalog names`;
  try {
    const [file, folder] = await Promise.all([realpath(path), realpath(root)]);
    if (pathBelow(folder, file) === undefined) {
      throw new UserError(`cannot read ${what}: a link leads out of ${root}, to ${file}`);
    }
    return await readBounded(file, cubinLimits.fileBytes);
  } catch (error) {
    const { message } = error instanceof UserError ? error : cannotRead(what, error);
    throw new UserError(message, exitCodes.findings);
  }
}

/**
 * Refuses a cubin whose bytes the catalog does not vouch for: nobody would notice if they were others.
 * @throws {UserError} with the digest that they have
 */
export function refuseUnhashed({ kernel, catalog }: CatalogEntry, cubin: Uint8Array): void {
  if (kernel.sha256 !== undefined) return;
  throw new UserError(
    `${kernel.functionName} has no sha256 in ${catalog}: write "sha256": "${sha256Of(cubin)}" there if you trust ` +
      `${kernel.cubin}, or run with --allow-unhashed`,
    exitCodes.findings,
  );
}
