import { event } from '../result/index.js';
import { cudaAbi } from '../sys/index.js';
import { ContextResource, type ResourceOwner } from './resource.js';
import { waitUntil } from './wait.js';

/** How to create an event. */
export interface EventOptions {
  /** Whether times can be taken; an event without is cheaper. Default true. */
  readonly timing?: boolean;
}

/**
 * A mark in a stream. Create it with `context.createEvent()`, set it with `stream.record(event)`, and wait for it with
 * `await event.synchronize()`.
 *
 * It has no `then`, so that `await event` does not wait: an async function that returned an event would otherwise wait for
 * it on its own, and hand its caller no event.
 */
export class Event extends ContextResource {
  readonly #handle: bigint;

  private constructor(owner: ResourceOwner, handle: bigint) {
    super(owner, `Event 0x${handle.toString(16)}`, (calls) => event.destroy(calls, handle));
    this.#handle = handle;
  }

  /** Creates an event (`cuEventCreate`); see `context.createEvent`. @throws CudaError */
  static create(owner: ResourceOwner, options: EventOptions): Event {
    const { DEFAULT, DISABLE_TIMING } = cudaAbi.eventFlags;
    owner.makeCurrent();
    return new Event(owner, event.create(owner.calls, options.timing === false ? DISABLE_TIMING : DEFAULT));
  }

  /** The driver's handle. */
  get handle(): bigint {
    this.assertAlive();
    return this.#handle;
  }

  /** Whether the work before the mark is done; true of an event never recorded. */
  query(): boolean {
    return event.query(this.enter(), this.#handle);
  }

  /**
   * Waits until the work before the mark is done, and lets the event loop go on meanwhile.
   *
   * @throws CudaError when work before the mark failed
   */
  async synchronize(): Promise<void> {
    await waitUntil(() => this.query());
  }

  /** The same, but blocks the thread: for scripts and measurements. */
  synchronizeBlocking(): void {
    event.synchronize(this.enter(), this.#handle);
  }

  /**
   * Milliseconds from an earlier event to this one, at a resolution of about 0.5 µs.
   *
   * @throws CudaError `CUDA_ERROR_NOT_READY` before both have happened, `CUDA_ERROR_INVALID_HANDLE` when one was never
   * recorded or takes no times
   */
  elapsedMsSince(start: Event): number {
    return event.elapsedTime(this.enter(), start.handle, this.#handle);
  }
}
