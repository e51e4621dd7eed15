import { CubinError, type CubinInfo, type CubinKernel, readCubin as ownReadCubin } from '../cubin/index.js';
import { cudaAbi, type DriverCalls } from '../driver/sys/index.js';
import type { EmulatedFunction } from './context.js';
import type { EmulatedGpu } from './gpu.js';

const { functionAttributes, resultCodes } = cudaAbi;

type ModuleCalls = Pick<
  DriverCalls,
  'cuModuleLoadData' | 'cuModuleUnload' | 'cuModuleGetFunction' | 'cuFuncGetAttribute' | 'cuFuncSetAttribute'
>;

/** Dynamic and static shared memory that a launch may use without the kernel's limit being raised. */
const defaultSharedMemBytes = 48 * 1024;

/** Modules, and the functions in them. */
export function moduleCalls(gpu: EmulatedGpu): ModuleCalls {
  const { smVersion, sharedMemPerBlockOptin } = gpu.options.target;

  function withFunction(handle: bigint, body: (func: EmulatedFunction) => number): number {
    return gpu.inContext((context) => {
      const func = context.findFunction(handle);
      return func === undefined ? resultCodes.CUDA_ERROR_INVALID_HANDLE : body(func);
    });
  }

  return {
    cuModuleLoadData: (module, image) =>
      gpu.inContext(({ modules }) => {
        const cubin = tryRead(image, gpu.options.readCubin);
        if (cubin === undefined) return resultCodes.CUDA_ERROR_INVALID_IMAGE;
        if (!runsOn(cubin.arch, smVersion)) return resultCodes.CUDA_ERROR_NO_BINARY_FOR_GPU;
        const handle = gpu.newHandle();
        const kernels = new Map(cubin.kernels.map((kernel) => [kernel.name, kernel]));
        modules.set(handle, { kernels, functions: new Map() });
        module[0] = handle;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuModuleUnload: (module) =>
      gpu.inContext(({ modules }) =>
        modules.delete(module) ? resultCodes.CUDA_SUCCESS : resultCodes.CUDA_ERROR_INVALID_HANDLE,
      ),
    cuModuleGetFunction: (func, module, name) =>
      gpu.inContext(({ modules }) => {
        const found = modules.get(module);
        if (found === undefined) return resultCodes.CUDA_ERROR_INVALID_HANDLE;
        const kernel = found.kernels.get(name);
        if (kernel === undefined) return resultCodes.CUDA_ERROR_NOT_FOUND;
        const known = [...found.functions].find(([, other]) => other.kernel === kernel);
        const handle = known?.[0] ?? gpu.newHandle();
        if (known === undefined) found.functions.set(handle, functionOf(kernel));
        func[0] = handle;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuFuncGetAttribute: (value, attribute, handle) =>
      withFunction(handle, (func) => {
        const found = attributeOf(func, attribute, smVersion);
        if (found === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        value[0] = found;
        return resultCodes.CUDA_SUCCESS;
      }),
    cuFuncSetAttribute: (handle, attribute, value) =>
      withFunction(handle, (func) => {
        if (attribute === functionAttributes.NON_PORTABLE_CLUSTER_SIZE_ALLOWED) {
          func.nonPortableClusterSizeAllowed = value !== 0;
          return resultCodes.CUDA_SUCCESS;
        }
        const limit = sharedMemPerBlockOptin - func.kernel.staticSharedMemBytes;
        const isSettable = attribute === functionAttributes.MAX_DYNAMIC_SHARED_SIZE_BYTES;
        if (!isSettable || !(value >= 0 && value <= limit)) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        func.maxDynamicSharedMemBytes = value;
        return resultCodes.CUDA_SUCCESS;
      }),
  };
}

type Cubin = Pick<CubinInfo, 'arch' | 'kernels'>;

/** Undefined for bytes that are no cubin. */
function tryRead(
  image: Uint8Array,
  readCubin: (bytes: Uint8Array) => Cubin = ownReadCubin,
): Cubin | undefined {
  try {
    return readCubin(image);
  } catch (error) {
    if (error instanceof CubinError) return undefined;
    throw error;
  }
}

/**
 * Whether a GPU runs a cubin (CUDA C++ programming guide, binary compatibility): one for sm_XYa runs on exactly that
 * compute capability; others run on the same major version with at least their minor version.
 */
function runsOn(arch: string, smVersion: number): boolean {
  const match = /^sm_?(\d+)([af]?)$/.exec(arch);
  if (match === null) return false;
  const built = Number(match[1]);
  if (match[2] === 'a') return built === smVersion;
  return Math.floor(built / 10) === Math.floor(smVersion / 10) && built <= smVersion;
}

function functionOf(kernel: CubinKernel): EmulatedFunction {
  return {
    kernel,
    maxDynamicSharedMemBytes: Math.max(0, defaultSharedMemBytes - kernel.staticSharedMemBytes),
    nonPortableClusterSizeAllowed: false,
  };
}

function attributeOf(func: EmulatedFunction, attribute: number, smVersion: number): number | undefined {
  const { kernel } = func;
  const [clusterWidth, clusterHeight, clusterDepth] = kernel.requiredCluster ?? [0, 0, 0];
  const values = new Map<number, number>([
    [functionAttributes.MAX_THREADS_PER_BLOCK, kernel.maxThreads ?? 1024],
    [functionAttributes.SHARED_SIZE_BYTES, kernel.staticSharedMemBytes],
    [functionAttributes.NUM_REGS, kernel.numRegisters],
    [functionAttributes.PTX_VERSION, smVersion],
    [functionAttributes.BINARY_VERSION, smVersion],
    [functionAttributes.MAX_DYNAMIC_SHARED_SIZE_BYTES, func.maxDynamicSharedMemBytes],
    [functionAttributes.REQUIRED_CLUSTER_WIDTH, clusterWidth],
    [functionAttributes.REQUIRED_CLUSTER_HEIGHT, clusterHeight],
    [functionAttributes.REQUIRED_CLUSTER_DEPTH, clusterDepth],
    [functionAttributes.NON_PORTABLE_CLUSTER_SIZE_ALLOWED, func.nonPortableClusterSizeAllowed ? 1 : 0],
  ]);
  const isKnown = Object.values<number>(functionAttributes).includes(attribute);
  return values.get(attribute) ?? (isKnown ? 0 : undefined);
}
