import { cudaAbi, type DriverCalls } from '../driver/sys/index.js';
import type { EmulatedGpu } from './gpu.js';

const { cudaHeaderVersion, deviceAttributes, resultCodes } = cudaAbi;

type AttributeName = keyof typeof deviceAttributes;

type DeviceCalls = Pick<
  DriverCalls,
  | 'cuInit'
  | 'cuDriverGetVersion'
  | 'cuGetErrorName'
  | 'cuGetErrorString'
  | 'cuDeviceGetCount'
  | 'cuDeviceGet'
  | 'cuDeviceGetName'
  | 'cuDeviceGetAttribute'
  | 'cuDeviceTotalMem_v2'
  | 'cuDeviceCanAccessPeer'
>;

const namesByCode = new Map<number, string>(Object.entries(resultCodes).map(([name, code]) => [code, name]));
const attributesByNumber = new Map<number, AttributeName>(
  (Object.entries(deviceAttributes) as [AttributeName, number][]).map(([name, number]) => [number, name]),
);

/** Initialisation, errors and devices. */
export function deviceCalls(gpu: EmulatedGpu): DeviceCalls {
  return {
    cuInit(flags) {
      if (flags !== 0) return resultCodes.CUDA_ERROR_INVALID_VALUE;
      gpu.isInitialised = true;
      return resultCodes.CUDA_SUCCESS;
    },
    cuDriverGetVersion(driverVersion) {
      driverVersion[0] = cudaHeaderVersion;
      return resultCodes.CUDA_SUCCESS;
    },
    cuGetErrorName(error, name) {
      const known = namesByCode.get(error);
      if (known === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
      name[0] = known;
      return resultCodes.CUDA_SUCCESS;
    },
    cuGetErrorString(error, text) {
      const known = namesByCode.get(error);
      if (known === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
      text[0] = known
        .replace(/^CUDA_(ERROR_)?/, '')
        .toLowerCase()
        .replaceAll('_', ' ');
      return resultCodes.CUDA_SUCCESS;
    },
    cuDeviceGetCount: (count) =>
      gpu.initialised(() => {
        count[0] = gpu.devices.length;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuDeviceGet: (device, ordinal) =>
      gpu.withDevice(ordinal, () => {
        device[0] = ordinal;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuDeviceGetName: (name, bytes, device) =>
      gpu.withDevice(device, () => {
        const { written } = new TextEncoder().encodeInto(
          `Emulated ${gpu.options.target.name}`,
          name.subarray(0, Math.max(0, bytes - 1)),
        );
        name[written] = 0;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuDeviceGetAttribute: (value, attribute, device) =>
      gpu.withDevice(device, () => {
        const name = attributesByNumber.get(attribute);
        if (name === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        value[0] = attributeValue(name, gpu);
        return resultCodes.CUDA_SUCCESS;
      }),
    cuDeviceTotalMem_v2: (bytes, device) =>
      gpu.withDevice(device, () => {
        bytes[0] = BigInt(gpu.totalMemoryBytes);
        return resultCodes.CUDA_SUCCESS;
      }),
    cuDeviceCanAccessPeer: (canAccess, device, peer) =>
      gpu.withDevice(device, () =>
        gpu.withDevice(peer, () => {
          canAccess[0] = device === peer ? 0 : 1;
          return resultCodes.CUDA_SUCCESS;
        }),
      ),
  };
}

/** Attributes that are the same on every GPU the launcher supports (CUDA C++ programming guide, compute capabilities). */
const common: { readonly [Name in AttributeName]?: number } = {
  MAX_THREADS_PER_BLOCK: 1024,
  MAX_BLOCK_DIM_X: 1024,
  MAX_BLOCK_DIM_Y: 1024,
  MAX_BLOCK_DIM_Z: 64,
  MAX_GRID_DIM_X: 2 ** 31 - 1,
  MAX_GRID_DIM_Y: 65_535,
  MAX_GRID_DIM_Z: 65_535,
  MAX_SHARED_MEMORY_PER_BLOCK: 48 * 1024,
  TOTAL_CONSTANT_MEMORY: 64 * 1024,
  WARP_SIZE: 32,
  MAX_REGISTERS_PER_BLOCK: 65_536,
  MAX_REGISTERS_PER_MULTIPROCESSOR: 65_536,
  MAX_THREADS_PER_MULTIPROCESSOR: 2048,
  MAX_BLOCKS_PER_MULTIPROCESSOR: 32,
  RESERVED_SHARED_MEMORY_PER_BLOCK: 1024,
  MEMORY_POOLS_SUPPORTED: 1,
  CONCURRENT_KERNELS: 1,
  UNIFIED_ADDRESSING: 1,
  COOPERATIVE_LAUNCH: 1,
};

/** The value of an attribute; 0 for clocks, caches and bus addresses, which an emulator has none of. */
export function attributeValue(name: AttributeName, gpu: EmulatedGpu): number {
  const { smVersion, numSms, sharedMemPerBlockOptin } = gpu.options.target;
  switch (name) {
    case 'COMPUTE_CAPABILITY_MAJOR':
      return Math.floor(smVersion / 10);
    case 'COMPUTE_CAPABILITY_MINOR':
      return smVersion % 10;
    case 'MULTIPROCESSOR_COUNT':
      return numSms;
    case 'MAX_SHARED_MEMORY_PER_BLOCK_OPTIN':
      return sharedMemPerBlockOptin;
    case 'MAX_SHARED_MEMORY_PER_MULTIPROCESSOR':
      return sharedMemPerBlockOptin + 1024;
    case 'CLUSTER_LAUNCH':
    case 'TENSOR_MAP_ACCESS_SUPPORTED':
      return smVersion >= 90 ? 1 : 0;
    default:
      return common[name] ?? 0;
  }
}
