import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogUrls } from '@gemm-preflight/kernels';
import { catalogSchema, type KernelCatalog, type KernelInfo } from '@gemm-preflight/types';
import { readShaped } from './read-shaped.js';

/** A kernel of a catalog. */
export interface CatalogEntry {
  readonly kernel: KernelInfo;
  /** Absolute path of the cubin; undefined where the catalog has metadata alone. */
  readonly cubinPath: string | undefined;
  /** The catalog's file. */
  readonly catalog: string;
}

/**
 * Reads a kernel catalog. Cubins are not opened.
 * @throws {UserError} when it cannot be read, or is no catalog
 */
export async function readCatalog(
  path: string,
  cwd: string = process.cwd(),
): Promise<readonly CatalogEntry[]> {
  const { kernels } = await readShaped<KernelCatalog>(path, cwd, catalogSchema, 'catalog');
  const folder = dirname(resolve(cwd, path));
  return kernels.map((kernel) => ({
    kernel,
    cubinPath: kernel.cubin === undefined ? undefined : resolve(folder, kernel.cubin),
    catalog: path,
  }));
}

/** The kernels that come with Preflight: our own, and the metadata of published ones. */
export async function builtInCatalogs(): Promise<readonly CatalogEntry[]> {
  const catalogs = Object.values(catalogUrls).map((url) => readCatalog(fileURLToPath(url)));
  return (await Promise.all(catalogs)).flat();
}

/** The kernels of the catalogs given, or where none is given, the built-in ones. */
export async function readCatalogs(paths: readonly string[], cwd: string): Promise<readonly CatalogEntry[]> {
  if (paths.length === 0) return builtInCatalogs();
  return (await Promise.all(paths.map((path) => readCatalog(path, cwd)))).flat();
}
