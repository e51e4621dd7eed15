export * from './cubin/index.js';
export * from './driver/index.js';
export * from './emulator/index.js';
export { KernelFaultError, whyNotEmulated } from './emulator/kernels/index.js';
export * as numberFormats from './emulator/number-formats.js';
export * from './import/index.js';
export * from './launch/index.js';
export * from './params/index.js';
