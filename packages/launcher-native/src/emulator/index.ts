export { createEmulator } from './driver.js';
export {
  type DeviceMemory,
  type EmulatedKernel,
  type EmulatedLaunch,
  type EmulatorOptions,
  IllegalAddressError,
} from './options.js';
export { decodeTensorMap, type EmulatedTensorMap } from './tensor-map.js';
export { brokenTensorMapRule } from './tensor-map-rules.js';
