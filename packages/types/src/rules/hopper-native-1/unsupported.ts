import type { ExplanationsOf } from '../explanation.js';
import { ruleOfSet as rule } from '../rule.js';
import { theseKernels } from './sources.js';

/** What other families have, and these kernels have not. */
export const unsupportedRules = [
  rule('all-reduce-unsupported', 'error', {
    fields: ['allReduceAlgo'],
    message: ({ options: o }) => `allReduceAlgo is ${o.allReduceAlgo}, and these kernels have no all-reduce`,
    fixes: () => [{ allReduceAlgo: 'None' }],
  }),
  rule('shuffle-unsupported', 'error', {
    fields: ['useShuffledMatrixA'],
    message: () => 'useShuffledMatrixA is on, and these kernels have no shuffled A',
    fixes: () => [{ useShuffledMatrixA: false }],
  }),
] as const;

export const unsupportedExplanations: ExplanationsOf<typeof unsupportedRules> = {
  'all-reduce-unsupported': {
    summary: 'No all-reduce.',
    reason: 'The kernels store to one GPU’s memory; sums over GPUs are another launch’s.',
    source: theseKernels,
  },
  'shuffle-unsupported': {
    summary: 'A is not shuffled.',
    reason:
      'A warpgroup’s registers lie along the output’s rows as they are, so no order of rows would save the epilogue anything.',
    source: theseKernels,
  },
};
