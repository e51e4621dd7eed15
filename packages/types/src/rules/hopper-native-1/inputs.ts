import type { Dtype } from '../../dtype.js';
import type { BatchedGemmOptions } from '../../options.js';
import type { ExplanationsOf } from '../explanation.js';
import { ruleOfSet as rule } from '../rule.js';
import { theseKernels, wgmma } from './sources.js';

/** The output's types for inputs of this type, and their scales. */
const outputsFor = ({ dtypeElt, useDeepSeekFp8 }: BatchedGemmOptions): readonly Dtype[] =>
  dtypeElt === 'E4m3'
    ? ['Bfloat16', ...(useDeepSeekFp8 ? [] : (['Fp16'] as const)), 'E4m3']
    : ['Bfloat16', 'Fp16'];

/** The GPU, and the types that these kernels are compiled for. */
export const inputRules = [
  rule('needs-hopper', 'error', {
    fields: [],
    message: ({ target }) => `these kernels are sm90a code, and ${target.name} is sm${target.smVersion}`,
  }),
  rule('hopper-inputs', 'error', {
    fields: ['dtypeElt'],
    message: ({ options: o }) => `dtypeElt is ${o.dtypeElt}; these kernels take E4m3, Bfloat16, Fp16`,
    fixes: () => [{ dtypeElt: 'E4m3' }, { dtypeElt: 'Bfloat16' }],
  }),
  rule('hopper-accumulators', 'error', {
    fields: ['dtypeAcc'],
    message: ({ options: o }) => `dtypeAcc is ${o.dtypeAcc}; these kernels accumulate in Fp32`,
    fixes: () => [{ dtypeAcc: 'Fp32' }],
  }),
  rule('hopper-output', 'error', {
    fields: ['dtypeElt', 'dtypeC', 'useDeepSeekFp8'],
    message: ({ options: o }) => `dtypeC is ${o.dtypeC}; these kernels write ${outputsFor(o).join(', ')}`,
    fixes: () => [{ dtypeC: 'Bfloat16' }],
    culprits: () => ['dtypeC'],
  }),
] as const;

export const hopperInputExplanations: ExplanationsOf<typeof inputRules> = {
  'needs-hopper': {
    summary: 'The GPU is a Hopper, sm90.',
    reason:
      'wgmma is an instruction of sm90a alone: Blackwell’s tensor cores have another one, with accumulators in tensor memory.',
    source: 'PTX ISA, wgmma.mma_async, Target ISA Notes',
    noFix: 'a configuration does not change the GPU',
  },
  'hopper-inputs': {
    summary: 'Inputs are E4m3, Bfloat16 or Fp16.',
    reason: 'The kernels are compiled for these; of what wgmma takes beside them, they have no code.',
    source: theseKernels,
  },
  'hopper-accumulators': {
    summary: 'Accumulators are Fp32.',
    reason: 'Sums stay in registers over all of k, where 16 bits would lose what small addends add.',
    source: wgmma,
  },
  'hopper-output': {
    summary:
      'The output is Bfloat16 or Fp16, or of E4m3 inputs E4m3; with DeepSeek scales it is Bfloat16 or E4m3.',
    reason: 'The epilogue converts Fp32 registers to these, and a tensor map carries them.',
    source: theseKernels,
  },
};
