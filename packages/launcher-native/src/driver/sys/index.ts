export type { DriverCallName, DriverCalls, DriverFunctionName } from './calls.js';
export * as cudaAbi from './cuda-abi.js';
export { DriverFunctionMissingError, DriverNotFoundError } from './library-errors.js';
export { defaultLibrary, loadCudaDriver } from './load.js';
export {
  createLaunchAttributes,
  createLaunchConfig,
  createMemPoolProps,
  type LaunchConfigFields,
  readLaunchAttributes,
  readLaunchConfig,
  setLaunchGrid,
  setLaunchStream,
} from './structs.js';
