import type { BatchedGemmOptions } from '../../options.js';
import type { ExplanationsOf } from '../explanation.js';
import { hiddenDimension, roundUpTo, ruleOfSet as rule } from '../rule.js';
import { deepSeekScales, tensorMemory, thisFamily } from './sources.js';
import { leastMma } from './whole-tile-fixes.js';

const scaleBlock = 128;

/** The tile, or the next larger, in halves of whole instructions, and an epilogue that takes a half at a time. */
function inHalves(o: BatchedGemmOptions) {
  const { size, tile, epilogueTile, mma } = hiddenDimension(o);
  // A swizzle of the stored rows spans 32 bytes at least.
  const half = roundUpTo(o[tile] / 2, Math.max(leastMma[size], o.dtypeC === 'E4m3' ? 32 : 16));
  return { mma, half, sizes: { [tile]: 2 * half, [epilogueTile]: half } };
}

/** FP8 with DeepSeek's scales: one per 128 channels of a token, one per 128×128 block of weights. */
export const deepseekRules = [
  rule('dsfp8-dtype', 'error', {
    fields: ['useDeepSeekFp8', 'dtypeElt'],
    onlyWith: { useDeepSeekFp8: true },
    message: ({ options: o }) => `useDeepSeekFp8 scales E4m3 inputs, and dtypeElt is ${o.dtypeElt}`,
    fixes: () => [{ dtypeElt: 'E4m3' }, { useDeepSeekFp8: false }],
  }),
  rule('dsfp8-needs-blackwell', 'error', {
    fields: ['useDeepSeekFp8'],
    onlyWith: { useDeepSeekFp8: true },
    message: ({ target }) =>
      `this family’s DeepSeek FP8 kernels need Blackwell’s tensor memory, and ${target.name} is sm${target.smVersion}`,
    fixes: () => [{ useDeepSeekFp8: false }],
  }),
  rule('dsfp8-no-all-reduce', 'error', {
    fields: ['useDeepSeekFp8', 'allReduceAlgo'],
    onlyWith: { useDeepSeekFp8: true },
    message: ({ options: o }) => `allReduceAlgo ${o.allReduceAlgo} cannot go with useDeepSeekFp8`,
    fixes: () => [{ allReduceAlgo: 'None' }],
  }),
  rule('dsfp8-tile-k', 'error', {
    fields: ['useDeepSeekFp8', 'tileK'],
    onlyWith: { useDeepSeekFp8: true },
    message: ({ options: o }) =>
      `DeepSeek scales cover 128 channels of k, one pipeline stage, and tileK is ${o.tileK}`,
    fixes: () => [{ tileK: scaleBlock }],
  }),
  rule('dsfp8-hidden-multiple', 'error', {
    fields: ['useDeepSeekFp8', 'transposeMmaOutput', 'm', 'n'],
    onlyWith: { useDeepSeekFp8: true },
    message: ({ options: o }) => {
      const { size } = hiddenDimension(o);
      return `DeepSeek scales cover blocks of 128, and ${size} ${o[size]} leaves ${o[size] % scaleBlock} over`;
    },
    fixes: ({ options: o }) => {
      const { size } = hiddenDimension(o);
      return [{ [size]: roundUpTo(o[size], scaleBlock) }];
    },
    culprits: ({ options: o }) => [hiddenDimension(o).size],
  }),
  rule('dsfp8-k-multiple', 'error', {
    fields: ['useDeepSeekFp8', 'k'],
    onlyWith: { useDeepSeekFp8: true },
    message: ({ options: o }) =>
      `DeepSeek scales cover blocks of 128, and k ${o.k} leaves ${o.k % scaleBlock} over`,
    fixes: ({ options: o }) => [{ k: roundUpTo(o.k, scaleBlock) }],
  }),
  rule('dsfp8-epilogue-half-tile', 'error', {
    fields: ['useDeepSeekFp8', 'transposeMmaOutput', 'tileM', 'tileN', 'epilogueTileM', 'epilogueTileN'],
    onlyWith: { useDeepSeekFp8: true },
    message: ({ options: o }) => {
      const { tile, epilogueTile } = hiddenDimension(o);
      return `two warpgroups share ${tile} ${o[tile]}, and half of it, ${Math.trunc(o[tile] / 2)}, is no multiple of ${epilogueTile} ${o[epilogueTile]}`;
    },
    fixes: ({ options: o }) => {
      const { mma, half, sizes } = inHalves(o);
      // An instruction of 128 rows takes the tile whole, and would undo half of this.
      return [{ ...sizes, [mma]: Math.min(o[mma], half) }];
    },
    culprits: ({ options: o }) => [hiddenDimension(o).tile, hiddenDimension(o).epilogueTile],
  }),
  rule('dsfp8-mma-half-tile', 'error', {
    fields: ['useDeepSeekFp8', 'transposeMmaOutput', 'tileM', 'tileN', 'mmaM', 'mmaN'],
    onlyWith: { useDeepSeekFp8: true },
    message: ({ options: o }) => {
      const { tile, mma } = hiddenDimension(o);
      return `two warpgroups share ${tile} ${o[tile]}, and half of it, ${Math.trunc(o[tile] / 2)}, is no multiple of ${mma} ${o[mma]}`;
    },
    fixes: ({ options: o }) => {
      const { mma, half, sizes } = inHalves(o);
      return [{ ...sizes, [mma]: half }];
    },
    culprits: ({ options: o }) => [hiddenDimension(o).tile, hiddenDimension(o).mma],
  }),
] as const;

export const deepseekExplanations: ExplanationsOf<typeof deepseekRules> = {
  'dsfp8-dtype': {
    summary: 'DeepSeek scales go with E4m3 inputs.',
    reason: 'The scheme scales blocks into the range of E4m3, ±448.',
    source:
      'DeepSeek-V3 technical report (arXiv:2412.19437), section 3.3.2; OCP 8-bit Floating Point Specification, E4M3',
  },
  'dsfp8-needs-blackwell': {
    summary: 'This family’s DeepSeek FP8 kernels need Blackwell.',
    reason: 'They apply scales to accumulators in tensor memory, which Hopper does not have.',
    source: tensorMemory,
  },
  'dsfp8-no-all-reduce': {
    summary: 'No all-reduce with DeepSeek FP8.',
    reason: 'The epilogue that applies the scales does not sum over ranks.',
    source: thisFamily,
  },
  'dsfp8-tile-k': {
    summary: 'DeepSeek FP8 uses tileK 128.',
    reason: 'One scale covers 128 channels, and each pipeline stage is scaled once.',
    source: deepSeekScales,
  },
  'dsfp8-hidden-multiple': {
    summary: 'With DeepSeek FP8 the output’s contiguous dimension is a multiple of 128.',
    reason: 'Weights carry one scale for each 128×128 block.',
    source: deepSeekScales,
  },
  'dsfp8-k-multiple': {
    summary: 'With DeepSeek FP8, k is a multiple of 128.',
    reason: 'Activations and weights carry one scale for each 128 channels of k.',
    source: deepSeekScales,
  },
  'dsfp8-epilogue-half-tile': {
    summary: 'With DeepSeek FP8 the epilogue tile divides half the tile along the contiguous dimension.',
    reason: 'Two epilogue warpgroups each take half of the tile.',
    source: thisFamily,
  },
  'dsfp8-mma-half-tile': {
    summary: 'With DeepSeek FP8 the instruction divides half the tile along the contiguous dimension.',
    reason: 'Two epilogue warpgroups each take the accumulators of whole instructions.',
    source: thisFamily,
  },
};
