/**
 * The CUDA driver on three floors: `sys` declares the calls as C has them, `result` makes failures errors, and the objects
 * exported here own what they allocate.
 */
export * as result from './result/index.js';
export { CudaError } from './result/index.js';
export * from './safe/index.js';
export * as sys from './sys/index.js';
export {
  type DriverCalls,
  DriverFunctionMissingError,
  DriverNotFoundError,
  loadCudaDriver,
} from './sys/index.js';
