import { readFile } from 'node:fs/promises';
import { catalogUrls } from '@gemm-preflight/kernels';
import { type Context, type LoadedKernel, loadKernel } from '@gemm-preflight/launcher-native';
import type { KernelCatalog, KernelInfo } from '@gemm-preflight/types';
import { ServiceError } from './service-error.js';

/** The kernels that come with Preflight. */
export async function readKernels(): Promise<readonly KernelInfo[]> {
  return (JSON.parse(await readFile(catalogUrls.preflight, 'utf8')) as KernelCatalog).kernels;
}

/** Kernels by name, each loaded when it is first asked for. */
export class Kernels {
  readonly all: readonly KernelInfo[];
  readonly #context: Context;
  readonly #byName: ReadonlyMap<string, KernelInfo>;
  readonly #loaded = new Map<string, Promise<LoadedKernel>>();

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
   * A kernel, loaded once. A failure is forgotten: the next request tries again.
   * @throws {ServiceError} 404
   * @throws {CatalogError} when catalog and cubin disagree
   */
  load(functionName: string): Promise<LoadedKernel> {
    const known = this.#loaded.get(functionName);
    if (known !== undefined) return known;
    const loading = this.#read(this.find(functionName));
    this.#loaded.set(functionName, loading);
    loading.catch(() => this.#loaded.delete(functionName));
    return loading;
  }

  async #read(kernel: KernelInfo): Promise<LoadedKernel> {
    const { cubin } = kernel;
    const bytes = cubin === undefined ? undefined : await readFile(new URL(cubin, catalogUrls.preflight));
    return loadKernel(this.#context, kernel, bytes);
  }
}
