import type { KernelInfo } from '@gemm-preflight/types';

/**
 * Why a kernel cannot have its CTA tables from where a launch has them, as the end of a line; undefined if it can. Blocks of `trtllm-gen/1`
 * have no pointers to tables in device memory. Blocks of `trtllm-gen/2` have both, and published kernels look whether the pointers are
 * null; our own are compiled to follow them.
 * @param dynamicBatches the tables are in device memory, since only the device knows how many tokens each batch has
 */
export function whyNoTables(
  { ruleSet, paramsAbi }: Pick<KernelInfo, 'ruleSet' | 'paramsAbi'>,
  dynamicBatches: boolean,
): string | undefined {
  if (dynamicBatches) {
    return paramsAbi === 'trtllm-gen/1'
      ? `takes its CTA tables by value (${paramsAbi}); batches of sizes that only the device knows need trtllm-gen/2`
      : undefined;
  }
  return paramsAbi === 'trtllm-gen/2' && ruleSet === 'hopper-native@1'
    ? 'reads its CTA tables from device memory alone, for batches whose sizes only the device knows'
    : undefined;
}
