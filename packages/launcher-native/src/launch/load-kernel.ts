import { raisedSharedMemFrom } from '@gemm-preflight/checker-wasm';
import type { KernelInfo } from '@gemm-preflight/types';
import { checkCatalogEntry } from '../cubin/index.js';
import { type Context, type Kernel, type Module, ReleasedError, type Stream } from '../driver/index.js';
import { paramsLayouts } from '../params/index.js';

/** A catalog entry and its cubin contradict each other, or the cubin is not there. One line. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
}

/** A kernel whose cubin is loaded in a context, ready to be launched. */
export class LoadedKernel implements Disposable {
  readonly info: KernelInfo;
  readonly context: Context;
  /** What the kernel is a function of. Others may use it too: release the kernel, and not the module. */
  readonly module: Module;
  readonly #kernel: Kernel;
  readonly #giveBack: () => void;
  #params: Uint8Array | undefined;
  #isReleased = false;

  /** @param giveBack - what releasing it does to the module: unload it, or leave it to others who use it too */
  constructor(info: KernelInfo, context: Context, module: Module, giveBack: () => void) {
    this.info = info;
    this.context = context;
    this.module = module;
    this.#giveBack = giveBack;
    this.#kernel = module.getKernel(info.functionName);
  }

  /** The function that the module exports. @throws {ReleasedError} */
  get kernel(): Kernel {
    this.assertAlive();
    return this.#kernel;
  }

  /** The parameter block of `prepareLaunch`: `info.paramsStructSize` bytes, made when first asked for. The driver copies it at each launch. */
  get params(): Uint8Array {
    this.#params ??= this.context.calls.allocateParams(this.info.paramsStructSize);
    return this.#params;
  }

  /** @throws {ReleasedError} */
  assertAlive(): void {
    if (this.#isReleased) throw new ReleasedError(`Kernel ${this.info.functionName}`);
  }

  /** Gives the kernel back. Doing so twice is harmless. Its launches have to be done: see {@link releaseAfter}. */
  release(): void {
    this.#isReleased = true;
    this.#giveBack();
  }

  /**
   * Releases it once all that was put on a stream so far is done: a cubin must not go while its kernel runs.
   * @throws {CudaError} when that work failed; the kernel is released all the same
   */
  async releaseAfter(stream: Stream): Promise<void> {
    try {
      await stream.synchronize();
    } finally {
      this.release();
    }
  }

  /** Gives the kernel back at the end of a block: `using`. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Holds a catalog entry against its cubin, loads the cubin, and raises the function's limit of dynamic shared memory. Who
 * needs kernels again and again has a {@link ModuleCache}.
 *
 * An entry without `sha256` is held against the rest of what the cubin says: the bytes are the caller's to trust.
 * @param cubin the file's bytes; undefined where the catalog has metadata alone
 * @throws {CatalogError} before a byte goes to the driver, when entry and cubin disagree
 * @throws {CudaError} when the driver refuses the cubin
 */
export function loadKernel(context: Context, info: KernelInfo, cubin: Uint8Array | undefined): LoadedKernel {
  if (cubin === undefined) throw metadataAlone(info);
  refuse(info, checkCatalogEntry(info, cubin));
  const module = context.loadModule(cubin);
  try {
    const loaded = new LoadedKernel(info, context, module, () => module.release());
    raiseSharedMem(loaded);
    return loaded;
  } catch (error) {
    module.release();
    throw error;
  }
}

/** The error of an entry whose catalog has no cubin for it. */
export function metadataAlone({ functionName }: KernelInfo): CatalogError {
  return new CatalogError(
    `${functionName} is metadata alone: its cubin ships with TensorRT-LLM and FlashInfer as a C array; preflight import takes it out`,
  );
}

/**
 * Refuses an entry that its cubin, or its own version of the parameter block, contradicts.
 * @param differences - what the cubin contradicts, a line each
 * @throws {CatalogError} with all of it in one line
 */
export function refuse(info: KernelInfo, differences: readonly string[]): void {
  const all = [...compareParamsSize(info), ...differences];
  if (all.length > 0) throw new CatalogError(`${info.functionName}: ${all.join('; ')}`);
}

/** Above 48 KiB of dynamic shared memory, the driver wants to be told before a launch. */
export function raiseSharedMem({ info, kernel }: LoadedKernel): void {
  if (info.sharedMemSize >= raisedSharedMemFrom) kernel.setMaxDynamicSharedMem(info.sharedMemSize);
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
