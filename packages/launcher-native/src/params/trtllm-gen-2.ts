import { at, moved, type ParamsLayout } from './layout.js';
import { head, tail } from './trtllm-gen-1.js';

/**
 * The block of kernels from May 2025 on: `trtllm-gen/1` with the output's NVFP4 scales inserted, and at the end pointers to
 * tables in device memory, for batches whose sizes only the device knows. The size stays: what was padding is used.
 */
export const trtllmGen2 = {
  abi: 'trtllm-gen/2',
  bytes: 17_280,
  fields: {
    ...head,
    ptrSfC: at('pointer', 9008),
    ...moved(tail, 8),
    ptrNumNonExitingCtas: at('pointer', 17_248),
    ptrTotalNumPaddedTokens: at('pointer', 17_256),
    ptrCtaIdxXyToBatchIdx: at('pointer', 17_264),
    ptrCtaIdxXyToMnLimit: at('pointer', 17_272),
  },
} as const satisfies ParamsLayout;
