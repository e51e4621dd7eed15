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
>;

/** Primary contexts: counted references, and which one is current. */
export function contextCalls(gpu: EmulatedGpu): ContextCalls {
  return {
    cuDevicePrimaryCtxRetain: (context, ordinal) =>
      gpu.withDevice(ordinal, (device) => {
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
        const found = gpu.devices.find(({ context }) => context?.handle === handle)?.context;
        if (found === undefined && handle !== 0n) return resultCodes.CUDA_ERROR_INVALID_CONTEXT;
        gpu.current = found;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuCtxGetCurrent: (context) =>
      gpu.initialised(() => {
        context[0] = gpu.current?.handle ?? 0n;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuCtxSynchronize: () => gpu.inContext(() => resultCodes.CUDA_SUCCESS),
  };
}
