import { raisedSharedMemFrom } from '@gemm-preflight/checker-wasm';
import type { KernelInfo } from '@gemm-preflight/types';
import { checkCatalogEntry } from '../cubin/index.js';
import type { Context, Kernel, Module } from '../driver/index.js';
import { paramsLayouts } from '../params/index.js';

/** A catalog entry and its cubin contradict each other, or the cubin is not there. One line. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
}

/** A kernel whose cubin is loaded in a context, ready to be launched. */
export class LoadedKernel implements Disposable {
  readonly info: KernelInfo;
  readonly context: Context;
  readonly kernel: Kernel;
  /** The parameter block of its launches; the driver copies it at each. */
  readonly params: Uint8Array;
  readonly #module: Module;

  constructor(info: KernelInfo, context: Context, module: Module) {
    this.info = info;
    this.context = context;
    this.#module = module;
    this.kernel = module.getKernel(info.functionName);
    this.params = context.calls.allocateParams(info.paramsStructSize);
  }

  /** Unloads the cubin. Doing so twice is harmless. */
  release(): void {
    this.#module.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Holds a catalog entry against its cubin, loads the cubin, and raises the function's limit of dynamic shared memory.
 * @param cubin the file's bytes; undefined where the catalog has metadata alone
 * @throws {CatalogError} before a byte goes to the driver, when entry and cubin disagree
 * @throws {CudaError} when the driver refuses the cubin
 */
export function loadKernel(context: Context, info: KernelInfo, cubin: Uint8Array | undefined): LoadedKernel {
  if (cubin === undefined) {
    throw new CatalogError(
      `${info.functionName} is metadata alone: its cubin ships with TensorRT-LLM and FlashInfer as a C array; put it in a file and name that in the catalog`,
    );
  }
  const differences = [...compareParamsSize(info), ...checkCatalogEntry(info, cubin)];
  if (differences.length > 0) throw new CatalogError(`${info.functionName}: ${differences.join('; ')}`);
  const module = context.loadModule(cubin);
  try {
    const loaded = new LoadedKernel(info, context, module);
    if (info.sharedMemSize >= raisedSharedMemFrom) loaded.kernel.setMaxDynamicSharedMem(info.sharedMemSize);
    return loaded;
  } catch (error) {
    module.release();
    throw error;
  }
}

function compareParamsSize({ paramsAbi, paramsStructSize }: KernelInfo): string[] {
  const known: Partial<Record<string, { readonly bytes: number }>> = paramsLayouts;
  const bytes = known[paramsAbi]?.bytes;
  if (bytes === undefined) {
    return [`paramsAbi: the catalog says ${paramsAbi}; known are ${Object.keys(known).join(', ')}`];
  }
  return bytes === paramsStructSize
    ? []
    : [`paramsStructSize: the catalog says ${paramsStructSize}, ${paramsAbi} has ${bytes}`];
}
