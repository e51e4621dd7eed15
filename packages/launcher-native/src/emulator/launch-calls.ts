import type { Dim3, LaunchAttribute } from '@gemm-preflight/types';
import {
  cudaAbi,
  type DriverCalls,
  type LaunchConfigFields,
  readLaunchAttributes,
  readLaunchConfig,
} from '../driver/sys/index.js';
import type { EmulatedFunction } from './context.js';
import { attributeValue } from './device-calls.js';
import type { EmulatedGpu } from './gpu.js';
import { type EmulatedKernel, IllegalAddressError } from './options.js';

const { resultCodes } = cudaAbi;

type LaunchCalls = Pick<DriverCalls, 'prepareLaunchKernelEx' | 'allocateParams' | 'allocateHostPages'>;

/** Blocks of a cluster that every GPU with clusters can run, and that one can run at most. */
const portableClusterBlocks = 8;
const maxClusterBlocks = 16;

/**
 * Launches. The kernel runs to its end within the launch call: streams are in order, so nobody but a kernel that waits for a
 * later one can tell. An illegal access shows as on a GPU: the launch succeeds, and everything after it fails. A launch that
 * is captured takes a copy of its parameters along.
 */
export function launchCalls(gpu: EmulatedGpu): LaunchCalls {
  return {
    allocateParams: (bytes) => new Uint8Array(bytes),
    allocateHostPages: (bytes) => new Uint8Array(bytes),
    prepareLaunchKernelEx: (config, attributes, func, params) => () =>
      gpu.inContext((context) => {
        const found = context.findFunction(func);
        const fields = readLaunchConfig(config);
        const stream = context.findStream(fields.stream);
        if (found === undefined || stream === undefined) return resultCodes.CUDA_ERROR_INVALID_HANDLE;
        const known = readLaunchAttributes(attributes);
        if (known === undefined) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const cluster = clusterOf(known, found);

        const problem = sizeProblem(gpu, fields, found) ?? clusterProblem(fields.grid, cluster, found);
        if (problem !== undefined) return problem;
        if (params.byteLength < found.kernel.paramBytes) return resultCodes.CUDA_ERROR_INVALID_VALUE;
        const kernel = gpu.options.kernels(found.kernel.name);
        if (kernel === undefined) return resultCodes.CUDA_ERROR_NOT_SUPPORTED;

        const { grid, block, sharedMemBytes } = fields;
        const taken = stream.capture === undefined ? params : params.slice();
        return gpu.enqueue(fields.stream, () => {
          run(gpu, () => kernel({ params: taken, grid, block, cluster, sharedMemBytes, memory: context }));
          return resultCodes.CUDA_SUCCESS;
        });
      }),
  };
}

/** Grid, block, shared memory and registers against the limits of device and kernel. */
function sizeProblem(
  gpu: EmulatedGpu,
  fields: LaunchConfigFields,
  func: EmulatedFunction,
): number | undefined {
  const { grid, block, sharedMemBytes } = fields;
  const within = (extent: number, attribute: Parameters<typeof attributeValue>[0]) =>
    extent >= 1 && extent <= attributeValue(attribute, gpu);
  const threads = block.x * block.y * block.z;
  const fits =
    within(grid.x, 'MAX_GRID_DIM_X') &&
    within(grid.y, 'MAX_GRID_DIM_Y') &&
    within(grid.z, 'MAX_GRID_DIM_Z') &&
    within(block.x, 'MAX_BLOCK_DIM_X') &&
    within(block.y, 'MAX_BLOCK_DIM_Y') &&
    within(block.z, 'MAX_BLOCK_DIM_Z') &&
    within(threads, 'MAX_THREADS_PER_BLOCK') &&
    threads <= (func.kernel.maxThreads ?? threads) &&
    sharedMemBytes <= func.maxDynamicSharedMemBytes;
  if (!fits) return resultCodes.CUDA_ERROR_INVALID_VALUE;
  const registers = blockRegisters(threads, func.kernel.numRegisters);
  const isRunnable = registers <= attributeValue('MAX_REGISTERS_PER_BLOCK', gpu);
  return isRunnable ? undefined : resultCodes.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
}

/** Registers are given out by whole warps of 32 threads, 8 per thread at a time. */
function blockRegisters(threads: number, registersPerThread: number): number {
  const roundUp = (value: number, step: number) => Math.ceil(value / step) * step;
  return roundUp(threads, 32) * roundUp(registersPerThread, 8);
}

/** The cluster of the launch, else the one that the kernel was compiled for, else one block. */
function clusterOf(attributes: readonly LaunchAttribute[], { kernel }: EmulatedFunction): Dim3 {
  const [x, y, z] = kernel.requiredCluster ?? [1, 1, 1];
  return attributes.find((attribute) => attribute.id === 'clusterDimension')?.value ?? { x, y, z };
}

/** A cluster has to divide the grid, to be small enough, and to be the one that the kernel was compiled for. */
function clusterProblem(grid: Dim3, cluster: Dim3, func: EmulatedFunction): number | undefined {
  const blocks = cluster.x * cluster.y * cluster.z;
  const limit = func.nonPortableClusterSizeAllowed ? maxClusterBlocks : portableClusterBlocks;
  const divides = grid.x % cluster.x === 0 && grid.y % cluster.y === 0 && grid.z % cluster.z === 0;
  const [x, y, z] = func.kernel.requiredCluster ?? [cluster.x, cluster.y, cluster.z];
  const isRequired = cluster.x === x && cluster.y === y && cluster.z === z;
  const isValid = blocks >= 1 && blocks <= limit && divides && isRequired;
  return isValid ? undefined : resultCodes.CUDA_ERROR_INVALID_CLUSTER_SIZE;
}

/** Errors other than illegal accesses are bugs of the emulated kernel, and pass through. */
function run(gpu: EmulatedGpu, kernel: () => ReturnType<EmulatedKernel>): void {
  try {
    kernel();
  } catch (error) {
    if (!(error instanceof IllegalAddressError)) throw error;
    gpu.stickyError = resultCodes.CUDA_ERROR_ILLEGAL_ADDRESS;
    gpu.options.onIllegalAddress?.(error);
  }
}
