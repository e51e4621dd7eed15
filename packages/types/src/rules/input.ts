import type { BatchedGemmOptions, OptionName } from '../options.js';
import type { ExplanationsOf } from './explanation.js';
import { ruleOfInput as rule } from './rule.js';

/** Counts that are 1 unless there is a reason for more. */
const counts = [
  'numStages',
  'clusterDimX',
  'clusterDimY',
  'clusterDimZ',
] as const satisfies readonly OptionName[];

/** Sizes that the arithmetic of every rule divides by or multiplies with. */
export const sizesAboveZero = [
  'tileM',
  'tileN',
  'tileK',
  'epilogueTileM',
  'epilogueTileN',
  'mmaM',
  'mmaN',
  'mmaK',
  ...counts,
] as const satisfies readonly OptionName[];

const belowOne = (o: BatchedGemmOptions): OptionName[] => sizesAboveZero.filter((name) => o[name] < 1);

/** Rules that come before every rule set. */
export const inputRules = [
  rule('invalid-input', 'error', {
    fields: [],
    message: () => 'a record holds a value that is no dtype, no mode, or no list in the pool',
  }),
  rule('tile-sizes-positive', 'error', {
    fields: [...sizesAboveZero],
    message: ({ options: o }) => {
      const wrong = belowOne(o).map((name) => `${name} is ${o[name]}`);
      return `${wrong.join(', ')}; ${wrong.length > 1 ? 'all' : 'it'} must be at least 1`;
    },
    // Which tile was meant, nobody can tell.
    fixes: ({ options: o }) => [
      Object.fromEntries(counts.filter((name) => o[name] < 1).map((name) => [name, 1])),
    ],
    culprits: ({ options }) => belowOne(options),
  }),
  rule('adjustment-overflow', 'error', {
    fields: ['tileK', 'tileM', 'tileN', 'mmaN'],
    onlyWith: { dtypeElt: 'E2m1' },
    message: ({ options: o }) =>
      `rounding up tileM ${o.tileM}, tileN ${o.tileN}, tileK ${o.tileK} or mmaN ${o.mmaN} leaves the 32-bit range`,
    fixes: () => [{ tileM: 128, tileN: 128, tileK: 128, mmaN: 128 }],
  }),
] as const;

export const inputExplanations: ExplanationsOf<typeof inputRules> = {
  'invalid-input': {
    summary: 'The input is JSON of the right shape: every option present, of its type, and known.',
    reason:
      'An option that is missing or misspelt would otherwise take a silent default, and the kernel would compute something else than was meant.',
    source: 'Preflight’s own; the shape is that of the JSON Schemas in @gemm-preflight/types',
    noFix: 'only who wrote the input knows what was meant',
  },
  'tile-sizes-positive': {
    summary: 'Tiles, epilogue tiles, MMA sizes, the stage count and cluster dimensions are at least 1.',
    reason:
      'They divide the problem into work for CTAs, pipeline stages and tensor-core instructions; there is no division by nothing.',
    source: 'Preflight’s own; the original launcher divides by them unasked',
    noFix: 'nothing tells which tile was meant; only stage counts and cluster dimensions become 1',
  },
  'adjustment-overflow': {
    summary: 'A size that an adjustment rounds up still fits in 32 bits.',
    reason:
      'Kernel manifests and the launcher hold sizes as 32-bit signed integers; a wrapped size would be negative.',
    source: 'the parameter block of the kernels of this family, which holds sizes as int32',
  },
};
