import { module } from '../result/index.js';
import { Kernel } from './kernel.js';
import { ContextResource, type ResourceOwner } from './resource.js';

/** A loaded cubin. Create it with `context.loadModule(bytes)`. */
export class Module extends ContextResource {
  readonly #handle: bigint;

  private constructor(owner: ResourceOwner, handle: bigint) {
    super(owner, `Module 0x${handle.toString(16)}`, (calls) => module.unload(calls, handle));
    this.#handle = handle;
  }

  /**
   * Loads a cubin (`cuModuleLoadData`), whose bytes may be dropped afterwards; see `context.loadModule`.
   *
   * @throws CudaError `CUDA_ERROR_INVALID_IMAGE` for bytes that are no whole cubin, before the driver sees them
   */
  static load(owner: ResourceOwner, cubin: Uint8Array): Module {
    owner.makeCurrent();
    return new Module(owner, module.load(owner.calls, cubin));
  }

  /**
   * A kernel of the module, by the exact name of its symbol.
   *
   * @throws CudaError `CUDA_ERROR_NOT_FOUND`
   */
  getKernel(name: string): Kernel {
    const handle = module.getFunction(this.enter(), this.#handle, name);
    return new Kernel({ name, handle, owner: this.owner, isReleased: () => this.isReleased });
  }
}
