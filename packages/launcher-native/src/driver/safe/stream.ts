import { event, stream } from '../result/index.js';
import { cudaAbi, type DriverCalls } from '../sys/index.js';
import type { Event } from './event.js';
import { ContextResource, type ResourceOwner } from './resource.js';
import { waitUntil } from './wait.js';

/** How to create a stream. */
export interface StreamOptions {
  /** A lower number is more urgent; 0, the default, is the least urgent. */
  readonly priority?: number;
  /**
   * The stream does not wait for the default stream, nor the default stream for it. Then copies without a `stream` option
   * are not ordered with its work, and the caller has to synchronise. Default false.
   */
  readonly nonBlocking?: boolean;
}

/** A queue of work that the device does in order. Create it with `context.createStream()`. */
export class Stream extends ContextResource {
  override readonly label: string;
  readonly #handle: bigint;

  private constructor(owner: ResourceOwner, handle: bigint) {
    super(owner);
    this.#handle = handle;
    this.label = handle === 0n ? 'The default stream' : `Stream 0x${handle.toString(16)}`;
  }

  static create(owner: ResourceOwner, options: StreamOptions): Stream {
    const { DEFAULT, NON_BLOCKING } = cudaAbi.streamFlags;
    owner.makeCurrent();
    const flags = options.nonBlocking === true ? NON_BLOCKING : DEFAULT;
    return new Stream(owner, stream.create(owner.calls, flags, options.priority ?? 0));
  }

  /** The stream that every context has. */
  static default(owner: ResourceOwner): Stream {
    return new Stream(owner, 0n);
  }

  /** The driver's handle; 0n of the default stream. */
  get handle(): bigint {
    this.assertAlive();
    return this.#handle;
  }

  /** Whether all work in the stream is done. */
  query(): boolean {
    return stream.query(this.enter(), this.#handle);
  }

  /**
   * Waits until all work in the stream is done, and lets the event loop go on meanwhile.
   *
   * @throws CudaError when work in the stream failed
   */
  async synchronize(): Promise<void> {
    await waitUntil(() => this.query());
  }

  /** The same, but blocks the thread: for scripts and measurements. */
  synchronizeBlocking(): void {
    stream.synchronize(this.enter(), this.#handle);
  }

  /** Marks the present end of the stream. */
  record(mark: Event): void {
    event.record(this.enter(), mark.handle, this.#handle);
  }

  /** Work put into the stream from now on waits for the event. */
  waitFor(mark: Event): void {
    stream.waitEvent(this.enter(), this.#handle, mark.handle);
  }

  protected override destroy(calls: DriverCalls): void {
    if (this.#handle !== 0n) stream.destroy(calls, this.#handle);
  }
}
