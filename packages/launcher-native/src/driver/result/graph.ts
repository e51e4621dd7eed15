import type { DriverCalls } from '../sys/calls.js';
import { resultCodes, streamCaptureModes, streamCaptureStatuses } from '../sys/cuda-abi.js';
import { check } from './error.js';

/**
 * Lets a stream record its work instead of doing it. The mode is thread-local: while the capture lasts, this thread may not
 * make calls that could wait for the device, and other threads are not concerned.
 */
export function beginCapture(calls: DriverCalls, stream: bigint): void {
  const code = calls.cuStreamBeginCapture_v2(stream, streamCaptureModes.THREAD_LOCAL);
  check(calls, code, 'cuStreamBeginCapture_v2', { stream });
}

/**
 * Ends a capture, also when it throws.
 *
 * @returns a graph to be destroyed
 * @throws CudaError `CUDA_ERROR_STREAM_CAPTURE_INVALIDATED` when something was done meanwhile that cannot be captured
 */
export function endCapture(calls: DriverCalls, stream: bigint): bigint {
  const graph = new BigUint64Array(1);
  check(calls, calls.cuStreamEndCapture(stream, graph), 'cuStreamEndCapture', { stream });
  return graph[0] ?? 0n;
}

/**
 * Ends a capture, if it has not ended yet, and drops what was recorded. Says nothing of errors: it comes after one that
 * matters more.
 */
export function abandonCapture(calls: DriverCalls, stream: bigint): void {
  const graph = new BigUint64Array(1);
  const code = calls.cuStreamEndCapture(stream, graph);
  if (code === resultCodes.CUDA_SUCCESS && graph[0]) calls.cuGraphDestroy(graph[0]);
}

/** Whether a stream records its work, be it that an event of a recording stream has drawn it in. */
export function isCapturing(calls: DriverCalls, stream: bigint): boolean {
  const status = new Int32Array(1);
  check(calls, calls.cuStreamIsCapturing(stream, status), 'cuStreamIsCapturing', { stream });
  return status[0] !== streamCaptureStatuses.NONE;
}

/** How many nodes a graph has. */
export function nodeCount(calls: DriverCalls, graph: bigint): number {
  const count = new BigUint64Array(1);
  check(calls, calls.cuGraphGetNodes(graph, 0n, count), 'cuGraphGetNodes', { graph });
  return Number(count[0]);
}

/** Makes a graph that can be launched; it does not need the other one any more. */
export function instantiate(calls: DriverCalls, graph: bigint): bigint {
  const executable = new BigUint64Array(1);
  const code = calls.cuGraphInstantiateWithFlags(executable, graph, 0n);
  check(calls, code, 'cuGraphInstantiateWithFlags', { graph });
  return executable[0] ?? 0n;
}

/** Puts all of a graph into a stream. */
export function launch(calls: DriverCalls, executable: bigint, stream: bigint): void {
  const code = calls.cuGraphLaunch(executable, stream);
  if (code !== resultCodes.CUDA_SUCCESS) check(calls, code, 'cuGraphLaunch', { executable, stream });
}

/** Destroys what `instantiate` returned. A launch under way runs to its end. */
export function destroyExecutable(calls: DriverCalls, executable: bigint): void {
  check(calls, calls.cuGraphExecDestroy(executable), 'cuGraphExecDestroy', { executable });
}

/** Destroys what `endCapture` returned. */
export function destroy(calls: DriverCalls, graph: bigint): void {
  check(calls, calls.cuGraphDestroy(graph), 'cuGraphDestroy', { graph });
}
