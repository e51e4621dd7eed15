import type { ExplanationsOf } from '../explanation.js';
import { describeChanges, ruleOfSet as rule } from '../rule.js';
import { thisFamily } from './sources.js';

/** The errors that a test accepts where none are given. */
export const toleranceRules = [
  rule('tolerance-half', 'note', {
    fields: ['dtypeElt', 'allReduceAlgo', 'atol'],
    rewrites: ['atol'],
    message: ({ options: o, changes }) => `tolerance for ${o.dtypeElt} inputs: ${describeChanges(changes)}`,
  }),
  rule('tolerance-dsfp8', 'note', {
    fields: ['useDeepSeekFp8', 'dtypeC', 'atol', 'rtol'],
    rewrites: ['atol', 'rtol'],
    message: ({ changes }) => `tolerance for DeepSeek FP8: ${describeChanges(changes)}`,
  }),
] as const;

export const toleranceExplanations: ExplanationsOf<typeof toleranceRules> = {
  'tolerance-half': {
    summary: 'Fp16 and Bfloat16 inputs without an atol are compared with 2e-4, or 4e-3 after an all-reduce.',
    reason: 'Sums over GPUs round once more for every rank.',
    source: thisFamily,
  },
  'tolerance-dsfp8': {
    summary: 'DeepSeek FP8 with 16-bit output is compared with 1e-2 where no tolerance is given.',
    reason: 'The inputs carry three mantissa bits.',
    source: 'OCP 8-bit Floating Point Specification, E4M3; the numbers are those of the tests of this family',
  },
};
