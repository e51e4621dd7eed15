import { cudaAbi, type DriverCalls } from '../driver/sys/index.js';
import type { EmulatedGpu } from './gpu.js';

const { resultCodes } = cudaAbi;

type ContextCalls = Pick<
  DriverCalls,
  | 'cuDevicePrimaryCtxRetain'
  | 'cuDevicePrimaryCtxRelease_v2'
  | 'cuCtxSetCurrent'
  | 'cuCtxGetCurrent'
  | 'cuCtxSynchronize'
  | 'cuCtxGetStreamPriorityRange'
  | 'cuCtxEnablePeerAccess'
>;

/** What priorities streams can have, as on an H100. */
const priorities = { least: 0, greatest: -5 };

/** Primary contexts: counted references, which one is current, and whose memory it may reach. */
export function contextCalls(gpu: EmulatedGpu): ContextCalls {
  return {
    cuDevicePrimaryCtxRetain: (context, ordinal) =>
      gpu.withDevice(ordinal, (device) => {
        const isNew = device.context === undefined;
        if (isNew && gpu.stickyError !== resultCodes.CUDA_SUCCESS) return gpu.stickyError;
        device.context ??= gpu.createContext(ordinal);
        device.references += 1;
        context[0] = device.context.handle;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuDevicePrimaryCtxRelease_v2: (ordinal) =>
      gpu.withDevice(ordinal, (device) => {
        if (device.context === undefined) return resultCodes.CUDA_ERROR_INVALID_CONTEXT;
        device.references -= 1;
        if (device.references === 0) {
          device.context.isDestroyed = true;
          device.context = undefined;
        }
        return resultCodes.CUDA_SUCCESS;
      }),
    cuCtxSetCurrent: (handle) =>
      gpu.initialised(() => {
        const found = gpu.findContext(handle);
        if (found === undefined && handle !== 0n) return resultCodes.CUDA_ERROR_INVALID_CONTEXT;
        gpu.current = found;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuCtxGetCurrent: (context) =>
      gpu.initialised(() => {
        context[0] = gpu.current?.handle ?? 0n;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuCtxSynchronize: () => gpu.outsideCapture(() => resultCodes.CUDA_SUCCESS),
    cuCtxGetStreamPriorityRange: (least, greatest) =>
      gpu.inContext(() => {
        least[0] = priorities.least;
        greatest[0] = priorities.greatest;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuCtxEnablePeerAccess: (handle, flags) =>
      gpu.inContext((context) => {
        const peer = gpu.findContext(handle);
        if (flags !== 0) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        if (peer === undefined) return resultCodes.CUDA_ERROR_INVALID_CONTEXT;
        if (peer === context) return resultCodes.CUDA_ERROR_PEER_ACCESS_UNSUPPORTED;
        if (context.peers.has(peer)) return resultCodes.CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED;
        context.peers.add(peer);
        return resultCodes.CUDA_SUCCESS;
      }),
  };
}
