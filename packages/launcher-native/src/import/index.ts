export { type CArray, readCArrays } from './c-arrays.js';
export {
  askForMissing,
  describeKernel,
  type FactSource,
  type KernelDescription,
  type RequiredField,
  requiredFields,
} from './describe-kernel.js';
export { type DeviceFile, type DeviceImage, findImages } from './images.js';
export { type KernelNameFacts, parseKernelName } from './kernel-name.js';
export { type KernelTableRow, readKernelTable } from './kernel-table.js';
