import { event, stream } from '../result/index.js';
import { cudaAbi } from '../sys/index.js';
import type { Event } from './event.js';
import { Graph } from './graph.js';
import { ContextResource, type Destroy, type ResourceOwner } from './resource.js';
import { waitUntil } from './wait.js';

/** How to create a stream. */
export interface StreamOptions {
  /**
   * A lower number is more urgent; 0, the default, is the least urgent. `context.streamPriorityRange` says how far it goes;
   * the driver takes what is beyond for its nearest end.
   */
  readonly priority?: number;
  /**
   * The stream does not wait for the default stream, nor the default stream for it. Then copies without a `stream` option
   * are not ordered with its work, and the caller has to synchronise. Default false.
   */
  readonly nonBlocking?: boolean;
}

/** A queue of work that the device does in order. Create it with `context.createStream()`. */
export class Stream extends ContextResource implements AsyncDisposable {
  readonly #handle: bigint;

  private constructor(owner: ResourceOwner, label: string, handle: bigint, destroy: Destroy | undefined) {
    super(owner, label, destroy);
    this.#handle = handle;
  }

  /** Creates a stream (`cuStreamCreateWithPriority`); see `context.createStream`. @throws CudaError */
  static create(owner: ResourceOwner, options: StreamOptions): Stream {
    const { DEFAULT, NON_BLOCKING } = cudaAbi.streamFlags;
    owner.makeCurrent();
    const flags = options.nonBlocking === true ? NON_BLOCKING : DEFAULT;
    const handle = stream.create(owner.calls, flags, options.priority ?? 0);
    return new Stream(owner, `Stream ${hex(handle)}`, handle, (calls) => stream.destroy(calls, handle));
  }

  /** The stream that every context has. */
  static default(owner: ResourceOwner): Stream {
    return new Stream(owner, 'The default stream', 0n, undefined);
  }

  /** A stream that another library made and will destroy. */
  static adopt(owner: ResourceOwner, handle: bigint): Stream {
    owner.makeCurrent();
    return new Stream(owner, `Adopted stream ${hex(handle)}`, handle, undefined);
  }

  /** The driver's handle; 0n of the default stream. */
  get handle(): bigint {
    this.assertAlive();
    return this.#handle;
  }

  /** Whether all work in the stream is done. */
  query(): boolean {
    const isDone = stream.query(this.enter(), this.#handle);
    if (isDone) this.owner.noteDone(this.#handle);
    return isDone;
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
    this.owner.noteDone(this.#handle);
  }

  /** Marks the present end of the stream. */
  record(mark: Event): void {
    event.record(this.enter(), mark.handle, this.#handle);
  }

  /** Work put into the stream from now on waits for the event. */
  waitFor(mark: Event): void {
    stream.waitEvent(this.enter(), this.#handle, mark.handle);
  }

  /**
   * Records what `record` puts into the stream, without doing it, as a graph to be launched many times at less cost. Other
   * streams join by waiting for an event of this one, and have to be waited for in turn.
   *
   * Launches, copies on a stream from and to device memory or a `PinnedBuffer`, fills and events can be captured. What waits
   * for the device cannot, on this thread: synchronising, copying without a stream, allocating, releasing.
   *
   * @throws whatever `record` throws; the capture has then ended, and the stream works as before
   * @throws CudaError `CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED` for the default stream, and for what cannot be captured
   * @throws CaptureError for ordinary host memory, and for a `record` that is asynchronous
   */
  capture(record: () => void): Graph {
    return Graph.capture(this, record);
  }

  /** Waits until all work in the stream is done, without blocking the event loop, and releases it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (!this.isReleased && !this.owner.isLost) await this.synchronize();
    } finally {
      this.release();
    }
  }
}

function hex(handle: bigint): string {
  return `0x${handle.toString(16)}`;
}
