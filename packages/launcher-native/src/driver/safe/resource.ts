import { CudaError } from '../result/index.js';
import type { DriverCalls } from '../sys/index.js';
import { cudaAbi } from '../sys/index.js';

/** An object was used after it, or its context, was released. */
export class ReleasedError extends Error {
  override readonly name = 'ReleasedError';

  constructor(label: string) {
    super(`${label} was used after it was released.`);
  }
}

/** What the objects of a context need of it. */
export interface ResourceOwner {
  readonly calls: DriverCalls;
  readonly handle: bigint;
  /** @throws ReleasedError when the context is released */
  makeCurrent(): void;
  /** From now on the context releases the object when it is released itself. */
  adopt(resource: Resource): void;
  disown(resource: Resource): void;
}

/** Something that the driver allocated for us and wants back: works with `using`, and may be released twice. */
export abstract class Resource implements Disposable {
  /** Names the object in error messages. */
  abstract readonly label: string;
  #released = false;

  get isReleased(): boolean {
    return this.#released;
  }

  /** Gives the object back to the driver. A second time does nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.free();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** Called once, when the object is released. */
  protected abstract free(): void;

  /** @throws ReleasedError */
  protected assertAlive(): void {
    if (this.#released) throw new ReleasedError(this.label);
  }
}

/** An object that lives in a context. */
export abstract class ContextResource extends Resource {
  readonly owner: ResourceOwner;

  constructor(owner: ResourceOwner) {
    super();
    this.owner = owner;
    owner.adopt(this);
  }

  /** Destroys the object; its context is current. */
  protected abstract destroy(calls: DriverCalls): void;

  protected override free(): void {
    this.owner.disown(this);
    ignoringDeadContext(() => {
      this.owner.makeCurrent();
      this.destroy(this.owner.calls);
    });
  }

  /**
   * Comes before every driver call on the object.
   *
   * @throws ReleasedError
   */
  protected enter(): DriverCalls {
    this.assertAlive();
    this.owner.makeCurrent();
    return this.owner.calls;
  }
}

const deadContextCodes: ReadonlySet<number> = new Set([
  cudaAbi.resultCodes.CUDA_ERROR_DEINITIALIZED,
  cudaAbi.resultCodes.CUDA_ERROR_CONTEXT_IS_DESTROYED,
]);

/**
 * After a kernel has failed, every call fails with its error, releases included. What they would free is lost with the
 * context, and the error was reported where it belongs, so releases keep silent about it.
 */
export function ignoringDeadContext(release: () => void): void {
  try {
    release();
  } catch (error) {
    if (!(error instanceof CudaError) || !(error.isSticky || deadContextCodes.has(error.code))) throw error;
  }
}
