import { paramsBytes } from '../../kernel.js';
import type { ExplanationsOf } from '../explanation.js';
import { kernelOf, ruleOfLaunch as rule } from '../rule.js';

/** Bytes of parameters that a kernel can have, from CUDA 12.1 on. */
export const maxParamsBytes = 32_764;
/** The largest row that a 32-bit coordinate names, and one more: how many rows there can be. */
export const maxRows = 2 ** 31;

/** What the parameter block can hold. */
export const parameterRules = [
  rule('size-overflow', 'error', {
    fields: ['batchM', 'm', 'n', 'numBatches'],
    message: ({ options: o }) => {
      const field = o.batchM ? 'n' : 'm';
      return `${field} ${o[field]} × ${o.numBatches} batches is ${o[field] * o.numBatches} rows of weights, and the row coordinate that tileStridePerBatch steps through ends at 2^31`;
    },
    culprits: ({ options: o }) => [o.batchM ? 'n' : 'm', 'numBatches'],
  }),
  rule('parameter-block-size', 'error', {
    fields: [],
    message: (context) => {
      const { paramsAbi, paramsStructSize } = kernelOf(context);
      const expected = paramsBytes[paramsAbi];
      if (expected === undefined)
        return `the kernel takes parameters of version ${paramsAbi}, which is none of ${Object.keys(paramsBytes).join(', ')}`;
      return `the kernel takes ${paramsStructSize} bytes of parameters, and a block of ${paramsAbi} has ${expected}`;
    },
  }),
] as const;

export const parameterExplanations: ExplanationsOf<typeof parameterRules> = {
  'size-overflow': {
    summary: 'The weights of all batches have at most 2^31 rows.',
    reason:
      'The kernels name a row of the weights by a 32-bit coordinate, batch · tileStridePerBatch · tile. The block’s other sizes fit: k, nm and numTokens are 32-bit options, and totalNumPaddedTokens is 2048 CTAs of a tile at most.',
    source: 'PTX ISA, cp.async.bulk.tensor: tensorCoords are .s32',
  },
  'parameter-block-size': {
    summary: 'The kernel takes the parameter block of its version, of at most 32764 bytes.',
    reason:
      'The block is passed by value; a kernel that reads another size reads another layout. Parameters have at most 32,764 bytes, and before CUDA 12.1 at most 4,096.',
    source: 'CUDA C++ Programming Guide, __global__ function parameters',
  },
};
