import { readFile } from 'node:fs/promises';
import { catalogUrls } from '@gemm-preflight/kernels';
import { type Context, type LoadedKernel, ModuleCache } from '@gemm-preflight/launcher-native';
import type { KernelCatalog, KernelInfo } from '@gemm-preflight/types';
import { ServiceError } from './service-error.js';

/** The kernels that come with Preflight. */
export async function readKernels(): Promise<readonly KernelInfo[]> {
  return (JSON.parse(await readFile(catalogUrls.preflight, 'utf8')) as KernelCatalog).kernels;
}

/** Kernels by name, each loaded when it is first asked for, and kept as long as there is room or somebody holds it. */
export class Kernels {
  readonly all: readonly KernelInfo[];
  readonly #context: Context;
  readonly #byName: ReadonlyMap<string, KernelInfo>;
  readonly #modules = new ModuleCache();

  constructor(context: Context, all: readonly KernelInfo[]) {
    this.#context = context;
    this.all = all;
    this.#byName = new Map(all.map((kernel) => [kernel.functionName, kernel]));
  }

  /** @throws {ServiceError} 404 */
  find(functionName: string): KernelInfo {
    const kernel = this.#byName.get(functionName);
    if (kernel !== undefined) return kernel;
    throw new ServiceError(
      404,
      'no-such-kernel',
      `there is no kernel "${functionName.slice(0, 200)}"; GET /kernels lists them`,
    );
  }

  /**
   * A kernel, ready to be launched, until it is released.
   * @throws {ServiceError} 404
   * @throws {CatalogError} when catalog and cubin disagree
   */
  acquire(functionName: string): Promise<LoadedKernel> {
    const kernel = this.find(functionName);
    return this.#modules.acquire(this.#context, kernel, async () => {
      const { cubin } = kernel;
      return cubin === undefined ? undefined : readFile(new URL(cubin, catalogUrls.preflight));
    });
  }

  /** Unloads what nobody holds, and the rest when it is released. */
  release(): void {
    this.#modules.release();
  }
}
