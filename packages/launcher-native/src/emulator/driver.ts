import type { DriverCalls } from '../driver/sys/index.js';
import { contextCalls } from './context-calls.js';
import { deviceCalls } from './device-calls.js';
import { EmulatedGpu } from './gpu.js';
import { graphCalls } from './graph-calls.js';
import { launchCalls } from './launch-calls.js';
import { memoryCalls } from './memory-calls.js';
import { moduleCalls } from './module-calls.js';
import type { EmulatorOptions } from './options.js';
import { poolCalls } from './pool-calls.js';
import { streamCalls } from './stream-calls.js';
import { tensorMapCalls } from './tensor-map-calls.js';

/**
 * A CUDA driver on the CPU, for machines without a GPU: the same calls, limits and error codes.
 *
 * What it cannot know it leaves out: kernels are TypeScript functions, streams never overlap, and times are the host's. In
 * one point it is stricter than a GPU: a context reaches its own device's memory only, and that of peers it was given.
 */
export function createEmulator(options: EmulatorOptions): DriverCalls {
  const gpu = new EmulatedGpu(options);
  return {
    ...deviceCalls(gpu),
    ...contextCalls(gpu),
    ...memoryCalls(gpu),
    ...poolCalls(gpu),
    ...streamCalls(gpu),
    ...graphCalls(gpu),
    ...moduleCalls(gpu),
    ...tensorMapCalls(gpu),
    ...launchCalls(gpu),
  };
}
