import type { KernelInfo } from '@gemm-preflight/types';
import type { AnyFields, ParamsBlock } from '../../params/index.js';
import type { DeviceMemory } from '../options.js';
import { i32At } from './device-values.js';
import { isPersistent } from './work.js';

/** What CTAs along the tokens look up. */
export interface CtaLookup {
  /** CTA along the tokens → batch. */
  readonly batchOf: readonly number[];
  /** CTA along the tokens → first padded token that is not its batch's any more. */
  readonly limitOf: readonly number[];
  /** CTAs that have work; those behind exit at once. Infinity where the grid has no others. */
  readonly numNonExitingCtas: number;
  /** Rows of the padded token space: the stride of activation and output scales. */
  readonly totalNumPaddedTokens: number;
}

/**
 * The tables of a launch: those in device memory where the block points to them (`trtllm-gen/2`), else its own. Persistent kernels
 * are compiled for one or the other: with `trtllm-gen/2`, they follow a null pointer too.
 * @throws {IllegalAddressError} when a pointer leads outside of an allocation
 */
export function readCtaLookup(
  kernel: KernelInfo,
  params: ParamsBlock<AnyFields>,
  memory: DeviceMemory,
): CtaLookup {
  const isOwn = kernel.paramsAbi === 'trtllm-gen/1';
  const count = isOwn ? 0n : params.getPointer('ptrNumNonExitingCtas');
  if (isOwn || (count === 0n && !isPersistent(kernel))) {
    return {
      batchOf: params.getCtaTable('ctaIdxXyToBatchIdx'),
      limitOf: params.getCtaTable('ctaIdxXyToMnLimit'),
      numNonExitingCtas: Number.POSITIVE_INFINITY,
      totalNumPaddedTokens: params.getI32('totalNumPaddedTokens'),
    };
  }
  const numNonExitingCtas = i32At(memory, count, 0);
  const table = (field: 'ptrCtaIdxXyToBatchIdx' | 'ptrCtaIdxXyToMnLimit') =>
    Array.from({ length: numNonExitingCtas }, (_, cta) => i32At(memory, params.getPointer(field), cta));
  return {
    batchOf: table('ptrCtaIdxXyToBatchIdx'),
    limitOf: table('ptrCtaIdxXyToMnLimit'),
    numNonExitingCtas,
    totalNumPaddedTokens: i32At(memory, params.getPointer('ptrTotalNumPaddedTokens'), 0),
  };
}
