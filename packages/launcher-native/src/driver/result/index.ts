export * as context from './context.js';
export * as device from './device.js';
export { type CallArguments, CudaError, check } from './error.js';
export * as event from './event.js';
export * as launch from './launch.js';
export * as memory from './memory.js';
export * as module from './module.js';
export * as stream from './stream.js';
export * as tensorMap from './tensor-map.js';
