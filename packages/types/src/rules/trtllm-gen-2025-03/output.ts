import type { ExplanationsOf } from '../explanation.js';
import { ruleOfSet as rule } from '../rule.js';
import { thisFamily } from './sources.js';

/** How the output lies, and how it is summed over GPUs. */
export const outputRules = [
  rule('shuffle-needs-transposed-output', 'error', {
    fields: ['useShuffledMatrixA', 'transposeMmaOutput'],
    message: () => 'useShuffledMatrixA orders rows for an output along m, and transposeMmaOutput is off',
    // Where the tokens lie along m, so does no output.
    fixes: ({ options: o }) => [
      ...(o.batchM ? [] : [{ transposeMmaOutput: true }]),
      { useShuffledMatrixA: false },
    ],
  }),
  rule('one-shot-output-dtype', 'error', {
    fields: ['allReduceAlgo', 'dtypeC'],
    message: ({ options: o }) =>
      `a one-shot all-reduce cannot add ${o.dtypeC}; the TMA adds UInt32, Int32, UInt64, Fp32, Fp16, Bfloat16`,
    fixes: () => [{ dtypeC: 'Bfloat16' }, { allReduceAlgo: 'None' }],
  }),
  rule('two-shot-output-dtype', 'error', {
    fields: ['allReduceAlgo', 'dtypeC', 'dtypeAcc'],
    message: ({ options: o }) =>
      `a two-shot all-reduce exchanges accumulators, and dtypeC ${o.dtypeC} is not dtypeAcc ${o.dtypeAcc}`,
    fixes: ({ options: o }) => [{ dtypeC: o.dtypeAcc }, { allReduceAlgo: 'None' }],
  }),
  rule('all-reduce-needs-tma-store', 'error', {
    fields: ['allReduceAlgo', 'useTmaStore'],
    message: ({ options: o }) =>
      `allReduceAlgo ${o.allReduceAlgo} goes through TMA stores, and useTmaStore is off`,
    fixes: () => [{ useTmaStore: true }, { allReduceAlgo: 'None' }],
  }),
] as const;

export const outputExplanations: ExplanationsOf<typeof outputRules> = {
  'shuffle-needs-transposed-output': {
    summary: 'Shuffled A needs transposed output.',
    reason: 'The shuffle orders rows for an epilogue that writes along m.',
    source: thisFamily,
  },
  'one-shot-output-dtype': {
    summary:
      'A one-shot all-reduce needs an output type that the TMA can add: UInt32, Int32, UInt64, Fp32, Fp16 or Bfloat16.',
    reason: 'It adds every rank’s tile in memory with the bulk-tensor reduction.',
    source: 'PTX ISA, cp.reduce.async.bulk.tensor, types of .add',
  },
  'two-shot-output-dtype': {
    summary: 'A two-shot all-reduce writes the accumulator’s type.',
    reason: 'Partial sums travel between ranks unrounded.',
    source: thisFamily,
  },
  'all-reduce-needs-tma-store': {
    summary: 'An all-reduce needs TMA stores.',
    reason: 'The reduction over ranks is a kind of TMA store.',
    source: 'PTX ISA, cp.reduce.async.bulk.tensor',
  },
};
