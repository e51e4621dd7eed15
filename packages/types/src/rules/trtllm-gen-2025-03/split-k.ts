import type { ExplanationsOf } from '../explanation.js';
import { describeChanges, roundUpTo, ruleOfSet as rule } from '../rule.js';
import { distributedSharedMemory, thisFamily } from './sources.js';

/** Where the slices of a split k are summed. */
export const splitKRules = [
  rule('split-k-mode', 'note', {
    fields: ['numSlicesForSplitK', 'clusterDimZ', 'splitK'],
    rewrites: ['splitK'],
    message: ({ options: o, changes }) =>
      `${o.numSlicesForSplitK} slice${o.numSlicesForSplitK === 1 ? '' : 's'} and clusterDimZ ${o.clusterDimZ}: ${describeChanges(changes)}`,
  }),
  rule('split-k-gmem-elements', 'error', {
    fields: ['m', 'n', 'numSlicesForSplitK', 'clusterDimZ'],
    message: ({ options: o }) =>
      `split k writes 4 partial sums at a time, and m·n = ${o.m}·${o.n} is no multiple of 4`,
    fixes: ({ options: o }) => [{ m: roundUpTo(o.m, 4) }, { n: roundUpTo(o.n, 4) }],
  }),
  rule('split-k-epilogue-tile', 'adjusted', {
    fields: ['numSlicesForSplitK', 'useDeepSeekFp8', 'tileM', 'tileN', 'epilogueTileM', 'epilogueTileN'],
    rewrites: ['epilogueTileM', 'epilogueTileN'],
    message: ({ changes }) => `slices of k are summed a tile at a time: ${describeChanges(changes)}`,
  }),
  rule('split-k-cluster-size', 'error', {
    fields: ['numSlicesForSplitK', 'clusterDimZ'],
    message: ({ options: o }) =>
      `${o.numSlicesForSplitK} slices of k need a cluster of as many CTAs, and clusterDimZ is ${o.clusterDimZ}`,
    fixes: ({ options: o }) => [{ clusterDimZ: o.numSlicesForSplitK }, { numSlicesForSplitK: o.clusterDimZ }],
  }),
] as const;

export const splitKExplanations: ExplanationsOf<typeof splitKRules> = {
  'split-k-mode': {
    summary:
      'splitK follows from the slices and the cluster: None, Gmem without a cluster along z, Dsmem with one.',
    reason:
      'Slices in one cluster can add through each other’s shared memory; otherwise only global memory connects them.',
    source: distributedSharedMemory,
  },
  'split-k-gmem-elements': {
    summary: 'With split k through global memory, m·n is a multiple of 4.',
    reason: 'Partial sums are written four at a time.',
    source: thisFamily,
  },
  'split-k-epilogue-tile': {
    summary: 'With split k, the epilogue tile is the whole tile, DeepSeek FP8 excepted.',
    reason: 'The slices of a tile are summed in one piece.',
    source: thisFamily,
  },
  'split-k-cluster-size': {
    summary: 'Split k through shared memory has one CTA of the cluster for each slice.',
    reason: 'Every slice’s partial sums lie in one CTA’s shared memory.',
    source: distributedSharedMemory,
  },
};
