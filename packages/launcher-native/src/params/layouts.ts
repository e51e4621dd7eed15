import type { ParamsAbi } from '@gemm-preflight/types';
import type { ParamsLayout } from './layout.js';
import type { FieldsOfType } from './params-block.js';
import { trtllmGen1 } from './trtllm-gen-1.js';
import { trtllmGen2 } from './trtllm-gen-2.js';

/** The fields that every version of the block has, wherever they lie. */
export type CommonFields = (typeof trtllmGen1)['fields'];

/** The fields of any version; those that a version lacks are refused when they are used. */
export type AnyFields = CommonFields & Partial<(typeof trtllmGen2)['fields']>;

/** A field that holds a device address. */
export type PointerField = FieldsOfType<AnyFields, 'pointer'>;

/** The versions of the block by name. */
export const paramsLayouts: Readonly<Record<ParamsAbi, ParamsLayout<AnyFields>>> = {
  'trtllm-gen/1': trtllmGen1,
  'trtllm-gen/2': trtllmGen2,
};
