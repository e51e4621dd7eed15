import { context, hostMemory } from '../result/index.js';
import { forgetPageLocked, notePageLocked } from './page-locked.js';
import { checkSize } from './range.js';
import { ContextResource, type ResourceOwner } from './resource.js';

/**
 * Page-locked host memory, zeroed at first: copies on a stream between it and a `DeviceBuffer` are asynchronous and run at
 * the full speed of the bus. Create it with `context.allocatePinned(byteLength)`.
 *
 * It is memory of JavaScript's own, locked with `cuMemHostRegister`, and not the driver's (`cuMemAllocHost`): views of it
 * that are kept for too long then refer to ordinary memory, where with the other they would crash the process.
 */
export class PinnedBuffer extends ContextResource {
  readonly byteLength: number;
  readonly #bytes: Uint8Array;

  private constructor(owner: ResourceOwner, bytes: Uint8Array) {
    super(owner, `PinnedBuffer of ${bytes.byteLength} bytes`, (calls) => {
      forgetPageLocked(bytes);
      try {
        context.synchronize(calls);
      } finally {
        hostMemory.unregister(calls, bytes);
      }
    });
    this.byteLength = bytes.byteLength;
    this.#bytes = bytes;
    notePageLocked(bytes);
  }

  /**
   * Allocates zeroed host memory and locks its pages (`cuMemHostRegister`); see `context.allocatePinned`.
   *
   * @throws CudaError `CUDA_ERROR_OUT_OF_MEMORY`, or `CUDA_ERROR_INVALID_VALUE` for 0 bytes
   */
  static allocate(owner: ResourceOwner, byteLength: number): PinnedBuffer {
    checkSize('The byte length of a PinnedBuffer', byteLength);
    owner.makeCurrent();
    const bytes = owner.calls.allocateHostPages(byteLength);
    hostMemory.register(owner.calls, bytes);
    return new PinnedBuffer(owner, bytes);
  }

  /**
   * The memory itself. A copy on a stream is done with it when the stream has passed the copy.
   *
   * @throws ReleasedError
   */
  get bytes(): Uint8Array {
    this.assertAlive();
    return this.#bytes;
  }

  /** Waits, blocking the thread, for all work in the context, which may be using the memory, and unlocks it. */
  override release(): void {
    super.release();
  }
}
