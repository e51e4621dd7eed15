import { isAbsolute, resolve, win32 } from 'node:path';
import { pathBelow } from '../formats/paths.js';

/**
 * The absolute path of a cubin that a catalog names; undefined where that is not below the folder that its cubins may be in.
 * Looks at the names alone: where links lead is seen when the file is read.
 * @param folder the catalog's, from which paths start
 * @param root the folder that holds all of its cubins
 */
export function cubinPathBelow(root: string, folder: string, cubin: string): string | undefined {
  if (isAbsolute(cubin) || win32.isAbsolute(cubin)) return undefined;
  const path = resolve(folder, cubin);
  return pathBelow(root, path) === undefined ? undefined : path;
}
