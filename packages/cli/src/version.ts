import { readFileSync } from 'node:fs';

/** What this package says of itself. */
export interface Manifest {
  readonly version: string;
  readonly repository?: string | { readonly url: string };
  readonly homepage?: string;
}

/** This package's manifest. */
export function manifest(): Manifest {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Manifest;
}

/** The version of this package. */
export function version(): string {
  return manifest().version;
}
