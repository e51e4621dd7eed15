export { BufferError, checkBuffers, type LaunchBuffers } from './check-buffers.js';
export { type EmulatedDriverOptions, emulatedDriver } from './emulated-driver.js';
export {
  checkAndPlan,
  type LaunchSettings,
  launch,
  launchPlan,
  prepareLaunch,
  RefusedError,
} from './launch.js';
export { CatalogError, LoadedKernel, loadKernel } from './load-kernel.js';
export { type CubinSource, ModuleCache, type ModuleCacheOptions } from './module-cache.js';
export {
  type DeviceChoice,
  deviceChoices,
  type OpenDevice,
  type OpenDeviceOptions,
  openDevice,
} from './open-device.js';
export { PreparedGemm, prepare } from './prepare.js';
export { targetOf, UnsupportedDeviceError } from './target-of.js';
