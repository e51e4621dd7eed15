import { isAbsolute, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A path below the working folder, relative to it and with slashes; undefined for paths elsewhere. */
export function pathBelow(cwd: string, path: string): string | undefined {
  const below = relative(cwd, resolve(cwd, path));
  if (isAbsolute(below) || below.split(sep)[0] === '..') return undefined;
  return below.split(sep).join('/');
}

/** A path as tools that annotate sources know it: below the working folder if it is there, else absolute. */
export function annotationPath(cwd: string, path: string): string {
  return pathBelow(cwd, path) ?? resolve(cwd, path);
}

/** A path as a URI: relative if the file is below the working folder. */
export function pathUri(cwd: string, path: string): { readonly uri: string; readonly isRelative: boolean } {
  const below = pathBelow(cwd, path);
  if (below === undefined) return { uri: pathToFileURL(resolve(cwd, path)).href, isRelative: false };
  return { uri: below.split('/').map(encodeURIComponent).join('/'), isRelative: true };
}
