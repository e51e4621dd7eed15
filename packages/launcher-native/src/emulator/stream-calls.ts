import { cudaAbi, type DriverCalls } from '../driver/sys/index.js';
import type { EmulatedContext, EmulatedEvent, EmulatedGpu } from './gpu.js';

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
  function inStream(stream: bigint, body: (context: EmulatedContext) => number): number {
    return gpu.inContext((context) =>
      context.hasStream(stream) ? body(context) : resultCodes.CUDA_ERROR_INVALID_HANDLE,
    );
  }
  function withEvent(handle: bigint, body: (event: EmulatedEvent) => number): number {
    return gpu.inContext(({ events }) => {
      const event = events.get(handle);
      return event === undefined ? resultCodes.CUDA_ERROR_INVALID_HANDLE : body(event);
    });
  }
  const succeed = () => resultCodes.CUDA_SUCCESS;

  return {
    cuStreamCreateWithPriority: (stream, flags) =>
      gpu.inContext(({ streams }) => {
        if ((flags & ~knownStreamFlags) !== 0) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const handle = gpu.newHandle();
        streams.add(handle);
        stream[0] = handle;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuStreamDestroy_v2: (stream) =>
      gpu.inContext(({ streams }) =>
        streams.delete(stream) ? resultCodes.CUDA_SUCCESS : resultCodes.CUDA_ERROR_INVALID_HANDLE,
      ),
    cuStreamSynchronize: (stream) => inStream(stream, succeed),
    cuStreamQuery: (stream) => inStream(stream, succeed),
    cuStreamWaitEvent: (stream, event, flags) =>
      inStream(stream, () =>
        withEvent(event, () =>
          flags === 0 ? resultCodes.CUDA_SUCCESS : resultCodes.CUDA_ERROR_INVALID_VALUE,
        ),
      ),

    cuEventCreate: (event, flags) =>
      gpu.inContext(({ events }) => {
        if ((flags & ~knownEventFlags) !== 0) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const handle = gpu.newHandle();
        events.set(handle, { takesTime: (flags & eventFlags.DISABLE_TIMING) === 0, recordedAtMs: undefined });
        event[0] = handle;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuEventRecord: (handle, stream) =>
      inStream(stream, () =>
        withEvent(handle, (event) => {
          event.recordedAtMs = performance.now();
          return resultCodes.CUDA_SUCCESS;
        }),
      ),
    cuEventQuery: (handle) => withEvent(handle, succeed),
    cuEventSynchronize: (handle) => withEvent(handle, succeed),
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
