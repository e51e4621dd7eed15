import { module } from '../result/index.js';
import type { DriverCalls } from '../sys/index.js';
import { ReleasedError } from './context-errors.js';
import { type LaunchOptions, PreparedLaunch } from './prepared-launch.js';
import { checkSize } from './range.js';
import type { ResourceOwner } from './resource.js';

/** What a module tells about one of its kernels. */
export interface KernelOrigin {
  readonly name: string;
  readonly handle: bigint;
  readonly owner: ResourceOwner;
  /** Whether the module is gone, and the kernel with it. */
  readonly isReleased: () => boolean;
}

/** What the compiler made of a kernel. */
export interface KernelAttributes {
  readonly registersPerThread: number;
  readonly maxThreadsPerBlock: number;
  /** Bytes of shared memory that the kernel declares itself. */
  readonly staticSharedMemBytes: number;
  /** Bytes of dynamic shared memory that a launch may ask for. */
  readonly maxDynamicSharedMemBytes: number;
  /** Bytes of local memory per thread: spilled registers and arrays. */
  readonly localMemBytes: number;
  readonly constMemBytes: number;
  /** 10·major + minor of the architecture it was compiled for. */
  readonly binaryVersion: number;
}

/** A function of a module. It has nothing to release; it goes with its module. */
export class Kernel {
  /** Name of its symbol. */
  readonly name: string;
  readonly #origin: KernelOrigin;

  constructor(origin: KernelOrigin) {
    this.name = origin.name;
    this.#origin = origin;
  }

  /** Names the kernel in error messages. */
  get label(): string {
    return `Kernel ${this.name}`;
  }

  /** The driver's handle. */
  get handle(): bigint {
    this.assertAlive();
    return this.#origin.handle;
  }

  /** @throws ReleasedError when the module is released */
  assertAlive(): void {
    if (this.#origin.isReleased()) throw new ReleasedError(this.label);
  }

  /** The context that the kernel lives in. */
  get owner(): ResourceOwner {
    return this.#origin.owner;
  }

  /**
   * What the compiler made of it, read from the driver each time (`cuFuncGetAttribute`).
   *
   * @throws CudaError
   * @throws ReleasedError when the module is released
   */
  get attributes(): KernelAttributes {
    const read = (name: module.FunctionAttributeName) =>
      module.getAttribute(this.#enter(), this.handle, name);
    return {
      registersPerThread: read('NUM_REGS'),
      maxThreadsPerBlock: read('MAX_THREADS_PER_BLOCK'),
      staticSharedMemBytes: read('SHARED_SIZE_BYTES'),
      maxDynamicSharedMemBytes: read('MAX_DYNAMIC_SHARED_SIZE_BYTES'),
      localMemBytes: read('LOCAL_SIZE_BYTES'),
      constMemBytes: read('CONST_SIZE_BYTES'),
      binaryVersion: read('BINARY_VERSION'),
    };
  }

  /**
   * Lets launches ask for up to `bytes` of dynamic shared memory; without this call the limit is 48 KiB, less the static part.
   *
   * @throws CudaError `CUDA_ERROR_INVALID_VALUE` when dynamic and static part together exceed the device's `sharedMemPerBlockOptin`
   */
  setMaxDynamicSharedMem(bytes: number): void {
    checkSize('Dynamic shared memory', bytes);
    module.setAttribute(this.#enter(), this.handle, 'MAX_DYNAMIC_SHARED_SIZE_BYTES', bytes);
  }

  /** Lets launches use clusters of more than 8 blocks, which not every GPU can. */
  allowNonPortableClusterSize(): void {
    module.setAttribute(this.#enter(), this.handle, 'NON_PORTABLE_CLUSTER_SIZE_ALLOWED', 1);
  }

  /** Resolves a launch once, to be made many times at the cost of one driver call each. */
  prepareLaunch(options: LaunchOptions): PreparedLaunch {
    this.#enter();
    return new PreparedLaunch(this, options);
  }

  #enter(): DriverCalls {
    this.#origin.owner.makeCurrent();
    return this.#origin.owner.calls;
  }
}
