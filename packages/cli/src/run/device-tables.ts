import type { KernelInfo } from '@gemm-preflight/types';

/**
 * Whether a kernel reads its CTA tables from device memory and nowhere else: it is for batches whose sizes no host knows, and would
 * follow null pointers where a launch has its tables by value, as ours have.
 */
export function needsDeviceTables({ ruleSet, paramsAbi }: KernelInfo): boolean {
  return ruleSet === 'hopper-native@1' && paramsAbi !== 'trtllm-gen/1';
}
