import type { ParamsAbi } from '@gemm-preflight/types';
import type { ParamsLayout } from './layout.js';
import { trtllmGen1 } from './trtllm-gen-1.js';
import { trtllmGen2 } from './trtllm-gen-2.js';

/** The fields that every version of the block has, wherever they lie. */
export type CommonFields = (typeof trtllmGen1)['fields'];

/** The versions of the block by name. */
export const paramsLayouts: Readonly<Record<ParamsAbi, ParamsLayout<CommonFields>>> = {
  'trtllm-gen/1': trtllmGen1,
  'trtllm-gen/2': trtllmGen2,
};
