import { cudaAbi, type DriverCalls } from '../driver/sys/index.js';
import { Capture, type GraphNode } from './capture.js';
import type { EmulatedContext } from './context.js';
import type { EmulatedGpu } from './gpu.js';

const { resultCodes, streamCaptureModes, streamCaptureStatuses } = cudaAbi;

type GraphCalls = Pick<
  DriverCalls,
  | 'cuStreamBeginCapture_v2'
  | 'cuStreamEndCapture'
  | 'cuStreamIsCapturing'
  | 'cuGraphGetNodes'
  | 'cuGraphInstantiateWithFlags'
  | 'cuGraphLaunch'
  | 'cuGraphExecDestroy'
  | 'cuGraphDestroy'
>;

/** Captures, which record the work of streams, and graphs, which do it again. Of the modes there is only the thread-local. */
export function graphCalls(gpu: EmulatedGpu): GraphCalls {
  function withGraph(
    handle: bigint,
    body: (nodes: readonly GraphNode[], context: EmulatedContext) => number,
  ) {
    return gpu.inContext((context) => {
      const nodes = context.graphs.get(handle);
      return nodes === undefined ? resultCodes.CUDA_ERROR_INVALID_VALUE : body(nodes, context);
    });
  }

  /** An operation on memory that has gone since it was recorded fails as a kernel's access would. */
  function runAll(nodes: readonly GraphNode[]): number {
    for (const node of nodes) {
      if (node() !== resultCodes.CUDA_SUCCESS) gpu.stickyError = resultCodes.CUDA_ERROR_ILLEGAL_ADDRESS;
      if (gpu.stickyError !== resultCodes.CUDA_SUCCESS) break;
    }
    return resultCodes.CUDA_SUCCESS;
  }

  return {
    cuStreamBeginCapture_v2: (handle, mode) =>
      gpu.withStream(handle, (stream, { streams }) => {
        if (mode !== streamCaptureModes.THREAD_LOCAL) return resultCodes.CUDA_ERROR_NOT_SUPPORTED;
        if (!streams.has(handle)) return resultCodes.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
        if (stream.capture !== undefined) return resultCodes.CUDA_ERROR_ILLEGAL_STATE;
        gpu.captures.add(new Capture(stream));
        return resultCodes.CUDA_SUCCESS;
      }),
    cuStreamEndCapture: (handle, graph) =>
      gpu.withStream(handle, (stream, { graphs }) => {
        const { capture } = stream;
        if (capture === undefined) return resultCodes.CUDA_ERROR_ILLEGAL_STATE;
        if (capture.origin !== stream) return resultCodes.CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
        gpu.captures.delete(capture);
        const code = capture.end();
        graph[0] = code === resultCodes.CUDA_SUCCESS ? gpu.newHandle() : 0n;
        if (graph[0] !== 0n) graphs.set(graph[0], capture.nodes);
        return code;
      }),
    cuStreamIsCapturing: (handle, status) =>
      gpu.withStream(handle, ({ capture }) => {
        const { NONE, ACTIVE, INVALIDATED } = streamCaptureStatuses;
        if (capture === undefined) status[0] = NONE;
        else status[0] = capture.isInvalid ? INVALIDATED : ACTIVE;
        return resultCodes.CUDA_SUCCESS;
      }),

    cuGraphGetNodes: (handle, nodes, count) =>
      withGraph(handle, (found) => {
        if (nodes !== 0n) return resultCodes.CUDA_ERROR_NOT_SUPPORTED;
        count[0] = BigInt(found.length);
        return resultCodes.CUDA_SUCCESS;
      }),
    cuGraphInstantiateWithFlags: (executable, handle, flags) =>
      withGraph(handle, (nodes, { executables }) => {
        if (flags !== 0n) return resultCodes.CUDA_ERROR_NOT_SUPPORTED;
        const made = gpu.newHandle();
        executables.set(made, nodes);
        executable[0] = made;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuGraphLaunch: (executable, handle) =>
      gpu.withStream(handle, (stream, context) => {
        const nodes = context.executables.get(executable);
        if (nodes === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        if (stream.capture !== undefined) {
          return gpu.invalidate(resultCodes.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        }
        return gpu.enqueue(handle, () => runAll(nodes));
      }),
    cuGraphExecDestroy: (executable) =>
      gpu.inContext(({ executables }) =>
        executables.delete(executable) ? resultCodes.CUDA_SUCCESS : resultCodes.CUDA_ERROR_INVALID_VALUE,
      ),
    cuGraphDestroy: (handle) =>
      withGraph(handle, (_, { graphs }) => {
        graphs.delete(handle);
        return resultCodes.CUDA_SUCCESS;
      }),
  };
}
