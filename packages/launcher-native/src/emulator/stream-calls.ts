import { cudaAbi, type DriverCalls } from '../driver/sys/index.js';
import type { EmulatedStream } from './capture.js';
import type { EmulatedEvent } from './context.js';
import type { EmulatedGpu } from './gpu.js';

const { eventFlags, resultCodes, streamFlags } = cudaAbi;

type StreamCalls = Pick<
  DriverCalls,
  | 'cuStreamCreateWithPriority'
  | 'cuStreamDestroy_v2'
  | 'cuStreamSynchronize'
  | 'cuStreamQuery'
  | 'cuStreamWaitEvent'
  | 'cuEventCreate'
  | 'cuEventRecord'
  | 'cuEventQuery'
  | 'cuEventSynchronize'
  | 'cuEventElapsedTime'
  | 'cuEventDestroy_v2'
>;

const knownStreamFlags = streamFlags.NON_BLOCKING;
const knownEventFlags = eventFlags.BLOCKING_SYNC | eventFlags.DISABLE_TIMING;

/** Streams and events. Work is done when it is put into a stream, so every stream is idle and every event has happened. */
export function streamCalls(gpu: EmulatedGpu): StreamCalls {
  function withEvent(handle: bigint, body: (event: EmulatedEvent) => number): number {
    return gpu.inContext(({ events }) => {
      const event = events.get(handle);
      return event === undefined ? resultCodes.CUDA_ERROR_INVALID_HANDLE : body(event);
    });
  }
  /** Waiting for a stream, or asking whether it is done. */
  const awaited = (stream: bigint) =>
    gpu.withStream(stream, () => gpu.outsideCapture(() => resultCodes.CUDA_SUCCESS));
  const happened = (handle: bigint) =>
    withEvent(handle, ({ captured }) =>
      captured === undefined
        ? resultCodes.CUDA_SUCCESS
        : gpu.invalidate(resultCodes.CUDA_ERROR_CAPTURED_EVENT),
    );

  return {
    cuStreamCreateWithPriority: (stream, flags) =>
      gpu.inContext(({ streams }) => {
        if ((flags & ~knownStreamFlags) !== 0) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const handle = gpu.newHandle();
        streams.set(handle, { isBlocking: (flags & streamFlags.NON_BLOCKING) === 0, capture: undefined });
        stream[0] = handle;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuStreamDestroy_v2: (stream) =>
      gpu.inContext(({ streams }) =>
        streams.delete(stream) ? resultCodes.CUDA_SUCCESS : resultCodes.CUDA_ERROR_INVALID_HANDLE,
      ),
    cuStreamSynchronize: awaited,
    cuStreamQuery: awaited,
    cuStreamWaitEvent: (handle, event, flags) =>
      gpu.withStream(handle, (stream) =>
        withEvent(event, ({ captured }) =>
          flags === 0 ? waitFor(stream, captured) : resultCodes.CUDA_ERROR_INVALID_VALUE,
        ),
      ),

    cuEventCreate: (event, flags) =>
      gpu.inContext(({ events }) => {
        if ((flags & ~knownEventFlags) !== 0) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const handle = gpu.newHandle();
        const takesTime = (flags & eventFlags.DISABLE_TIMING) === 0;
        events.set(handle, { takesTime, recordedAtMs: undefined, captured: undefined });
        event[0] = handle;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuEventRecord: (handle, stream) =>
      gpu.withStream(stream, (marked) =>
        withEvent(handle, (event) => {
          event.captured = marked.capture && { capture: marked.capture, stream: marked };
          event.recordedAtMs = marked.capture === undefined ? performance.now() : undefined;
          return resultCodes.CUDA_SUCCESS;
        }),
      ),
    cuEventQuery: happened,
    cuEventSynchronize: happened,
    cuEventElapsedTime: (milliseconds, startHandle, endHandle) =>
      withEvent(startHandle, (start) =>
        withEvent(endHandle, (end) => {
          const [from, to] = [timeOf(start), timeOf(end)];
          if (from === undefined || to === undefined) return resultCodes.CUDA_ERROR_INVALID_HANDLE;
          milliseconds[0] = to - from;
          return resultCodes.CUDA_SUCCESS;
        }),
      ),
    cuEventDestroy_v2: (handle) =>
      gpu.inContext(({ events }) =>
        events.delete(handle) ? resultCodes.CUDA_SUCCESS : resultCodes.CUDA_ERROR_INVALID_HANDLE,
      ),
  };
}

function timeOf(event: EmulatedEvent): number | undefined {
  return event.takesTime ? event.recordedAtMs : undefined;
}

/** A stream that waits for an event of a capture joins it; work outside cannot be waited for within. */
function waitFor(stream: EmulatedStream, captured: EmulatedEvent['captured']): number {
  if (stream.capture === undefined && captured === undefined) return resultCodes.CUDA_SUCCESS;
  if (captured === undefined) return resultCodes.CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
  if (stream.capture !== undefined && stream.capture !== captured.capture) {
    return resultCodes.CUDA_ERROR_STREAM_CAPTURE_MERGE;
  }
  captured.capture.draw(stream);
  captured.capture.join(captured.stream);
  return resultCodes.CUDA_SUCCESS;
}
