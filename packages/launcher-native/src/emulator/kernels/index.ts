export { emulateBatchedGemm, whyNotEmulated } from './batched-gemm.js';
export { KernelFaultError } from './kernel-fault.js';
