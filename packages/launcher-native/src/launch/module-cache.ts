import type { KernelInfo } from '@gemm-preflight/types';
import {
  checkCatalogEntry,
  compareWithCubin,
  type HashedCubin,
  readCubin,
  sha256Of,
} from '../cubin/index.js';
import { type Context, type Module, ReleasedError } from '../driver/index.js';
import { type Lease, LeaseCache } from './lease-cache.js';
import { LoadedKernel, metadataAlone, raiseSharedMem, refuse } from './load-kernel.js';

/** How much a {@link ModuleCache} keeps loaded. */
export interface ModuleCacheOptions {
  /** Default: 256. */
  readonly maxModules?: number;
  /** Bytes of the cubin files together, which stand for the device memory that they take. Default: 256 MiB. */
  readonly maxBytes?: number;
}

/** Gives the bytes of a cubin; undefined where the catalog has metadata alone. */
export type CubinSource = () => Uint8Array | undefined | Promise<Uint8Array | undefined>;

interface CachedModule {
  readonly module: Module;
  readonly file: HashedCubin;
  /** Kernel → dynamic shared memory that it is allowed, where that was raised. */
  readonly sharedMem: Map<string, number>;
}

/**
 * Loads cubins once per context, and keeps them for the next who asks. They are told apart by their SHA-256, so entries of
 * several catalogs that name the same code share it. Every entry is held against the cubin, also when that is loaded already.
 *
 * Beyond its limits the cache unloads what was used the longest time ago, but nothing that is held. Errors are not kept: the
 * next request tries again.
 *
 * @example
 * using cache = new ModuleCache();
 * using kernel = await cache.acquire(context, info, () => readFile(path));
 */
export class ModuleCache implements Disposable {
  readonly #modules: LeaseCache<CachedModule>;
  /** Files that are being read, by the digest that they are to have. */
  readonly #reading = new Map<string, Promise<Uint8Array | undefined>>();
  readonly #contexts = new WeakMap<Context, number>();
  #lastContext = 0;
  #isReleased = false;

  constructor({ maxModules = 256, maxBytes = 256 * 2 ** 20 }: ModuleCacheOptions = {}) {
    this.#modules = new LeaseCache({
      maxEntries: maxModules,
      maxBytes,
      destroy: ({ module }) => module.release(),
      isGone: ({ module }) => module.isReleased,
    });
  }

  /** Modules that are loaded, held ones included. */
  get size(): number {
    return this.#modules.size;
  }

  /** Bytes of their cubin files. */
  get bytes(): number {
    return this.#modules.bytes;
  }

  /**
   * A kernel, ready to be launched, until it is released. Launches that are under way when it is are the caller's to wait
   * for: `await kernel.releaseAfter(stream)`.
   *
   * The cubin is read only where it is not loaded. Requests for the same digest at the same time share one reading.
   * @throws {CatalogError} before a byte goes to the driver, when entry and cubin disagree
   * @throws {CudaError} when the driver refuses the cubin
   * @throws {ReleasedError} when the cache, or the context, was released
   */
  async acquire(context: Context, info: KernelInfo, readCubin: CubinSource): Promise<LoadedKernel> {
    this.#assertAlive();
    const sha256 = info.sha256?.toLowerCase();
    const cached = sha256 === undefined ? undefined : this.#modules.get(this.#key(context, sha256));
    if (cached !== undefined) return this.#kernelOf(cached, context, info);
    const bytes = await this.#read(sha256, readCubin);
    if (bytes === undefined) throw metadataAlone(info);
    this.#assertAlive();
    return this.#load(context, info, bytes);
  }

  /** Unloads everything that is not held, and the rest when it is released. */
  release(): void {
    this.#isReleased = true;
    this.#modules.clear();
  }

  /** Releases the cache at the end of a block: `using`. */
  [Symbol.dispose](): void {
    this.release();
  }

  async #read(sha256: string | undefined, source: CubinSource): Promise<Uint8Array | undefined> {
    if (sha256 === undefined) return source();
    const shared = this.#reading.get(sha256);
    if (shared !== undefined) {
      const bytes = await shared;
      // Another entry's file may have been the wrong one, which says nothing of ours.
      return bytes !== undefined && sha256Of(bytes) === sha256 ? bytes : source();
    }
    const reading = (async () => source())();
    this.#reading.set(sha256, reading);
    try {
      return await reading;
    } finally {
      this.#reading.delete(sha256);
    }
  }

  /** From here on nothing waits, so nobody else loads the same in between. */
  #load(context: Context, info: KernelInfo, bytes: Uint8Array): LoadedKernel {
    const sha256 = sha256Of(bytes);
    const key = this.#key(context, sha256);
    const loaded = this.#modules.get(key);
    if (loaded !== undefined) return this.#kernelOf(loaded, context, info);
    refuse(info, checkCatalogEntry(info, bytes));
    const file = { cubin: readCubin(bytes), sha256 };
    const module = context.loadModule(bytes);
    const lease = this.#modules.add(key, { module, file, sharedMem: new Map() }, bytes.byteLength);
    return this.#kernelOf(lease, context, info);
  }

  #kernelOf(lease: Lease<CachedModule>, context: Context, info: KernelInfo): LoadedKernel {
    const { module, file, sharedMem } = lease.value;
    try {
      refuse(info, compareWithCubin(info, file));
      const loaded = new LoadedKernel(info, context, module, () => lease.release());
      // The limit belongs to the function, and others may have been promised more.
      if (info.sharedMemSize > (sharedMem.get(info.functionName) ?? 0)) {
        raiseSharedMem(loaded);
        sharedMem.set(info.functionName, info.sharedMemSize);
      }
      return loaded;
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  #key(context: Context, sha256: string): string {
    const known = this.#contexts.get(context);
    const number = known ?? ++this.#lastContext;
    if (known === undefined) this.#contexts.set(context, number);
    return `${number} ${sha256}`;
  }

  #assertAlive(): void {
    if (this.#isReleased) throw new ReleasedError('The module cache');
  }
}
