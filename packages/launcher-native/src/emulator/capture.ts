import { cudaAbi } from '../driver/sys/index.js';

const { resultCodes } = cudaAbi;

/** One operation of a graph: does it, and returns a `CUresult`. */
export type GraphNode = () => number;

/** A queue of work. */
export interface EmulatedStream {
  /** Whether it waits for the default stream. */
  readonly isBlocking: boolean;
  /** The capture that records its work, if one does. */
  capture: Capture | undefined;
}

/** What a stream, and those it drew in by events, record instead of doing it. */
export class Capture {
  readonly nodes: GraphNode[] = [];
  readonly origin: EmulatedStream;
  /** Something was done meanwhile that cannot be captured. */
  isInvalid = false;
  readonly #members = new Set<EmulatedStream>();
  /** Streams with work that the origin does not wait for. */
  readonly #unjoined = new Set<EmulatedStream>();

  constructor(origin: EmulatedStream) {
    this.origin = origin;
    this.draw(origin);
  }

  /** From now on it records the work of this stream, too. */
  draw(stream: EmulatedStream): void {
    stream.capture = this;
    this.#members.add(stream);
  }

  /** Another stream of the capture waits for all that was recorded of this one. */
  join(stream: EmulatedStream): void {
    this.#unjoined.delete(stream);
  }

  record(stream: EmulatedStream, node: GraphNode): number {
    if (this.isInvalid) return resultCodes.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    this.nodes.push(node);
    if (stream !== this.origin) this.#unjoined.add(stream);
    return resultCodes.CUDA_SUCCESS;
  }

  /** Lets the streams go. @returns what `cuStreamEndCapture` returns */
  end(): number {
    for (const stream of this.#members) stream.capture = undefined;
    if (this.isInvalid) return resultCodes.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    if (this.#unjoined.size > 0) return resultCodes.CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
    return resultCodes.CUDA_SUCCESS;
  }
}
