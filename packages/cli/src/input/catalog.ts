import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogUrls } from '@gemm-preflight/kernels';
import { catalogSchema, type KernelCatalog, type KernelInfo } from '@gemm-preflight/types';
import { UserError } from '../user-error.js';
import { cubinPathBelow } from './cubin-path.js';
import { readShaped } from './read-shaped.js';

/** A kernel of a catalog. */
export interface CatalogEntry {
  readonly kernel: KernelInfo;
  /** Absolute path of the cubin; undefined where the catalog has metadata alone. */
  readonly cubinPath: string | undefined;
  /** The folder that the cubin has to be in, absolute. */
  readonly cubinRoot: string;
  /** The catalog's file. */
  readonly catalog: string;
}

/** Catalogs may come from anybody: larger ones are refused. An entry has about a thousand bytes. */
const catalogLimits = { bytes: 64 * 2 ** 20, kernels: 20_000 } as const;

/**
 * Reads a kernel catalog. Cubins are not opened.
 * @throws {UserError} when it cannot be read, is no catalog or too large, or names a cubin outside of its folder
 */
export async function readCatalog(
  path: string,
  cwd: string = process.cwd(),
): Promise<readonly CatalogEntry[]> {
  const { kernels } = await readShaped<KernelCatalog>(
    path,
    cwd,
    catalogSchema,
    'catalog',
    catalogLimits.bytes,
  );
  if (kernels.length > catalogLimits.kernels) {
    throw new UserError(`${path} has ${kernels.length} kernels; at most ${catalogLimits.kernels} are read`);
  }
  const file = resolve(cwd, path);
  const folder = dirname(file);
  const cubinRoot = (await isBuiltIn(file)) ? dirname(folder) : folder;
  return kernels.map((kernel, i) => {
    const { cubin } = kernel;
    const cubinPath = cubin === undefined ? undefined : cubinPathBelow(cubinRoot, folder, cubin);
    if (cubin !== undefined && cubinPath === undefined) {
      throw new UserError(
        `${path}: kernels[${i}].cubin is ${JSON.stringify(cubin)}; it must be a path below the catalog’s folder`,
      );
    }
    return { kernel, cubinPath, cubinRoot, catalog: path };
  });
}

const builtIn: ReadonlySet<string> = new Set(Object.values(catalogUrls).map((url) => fileURLToPath(url)));

/** The catalogs that come with Preflight lie beside the folder of their cubins. */
async function isBuiltIn(file: string): Promise<boolean> {
  return builtIn.has(file) || builtIn.has(await realpath(file));
}

/** The kernels that come with Preflight: our own, and the metadata of published ones. */
export async function builtInCatalogs(): Promise<readonly CatalogEntry[]> {
  return (await Promise.all([...builtIn].map((file) => readCatalog(file)))).flat();
}

/** The kernels of the catalogs given, or where none is given, the built-in ones. */
export async function readCatalogs(paths: readonly string[], cwd: string): Promise<readonly CatalogEntry[]> {
  if (paths.length === 0) return builtInCatalogs();
  return (await Promise.all(paths.map((path) => readCatalog(path, cwd)))).flat();
}
