import type { ExplanationsOf } from '../explanation.js';
import { ruleOfSet as rule } from '../rule.js';
import { thisFamily } from './sources.js';

/** What one CTA can compute, and a cluster of them. */
export const ctaRules = [
  rule('cluster-xy-is-one', 'error', {
    fields: ['clusterDimX', 'clusterDimY'],
    message: ({ options: o }) =>
      `the cluster is ${o.clusterDimX}×${o.clusterDimY} along x and y, where only 1×1 is supported`,
    fixes: () => [{ clusterDimX: 1, clusterDimY: 1 }],
    culprits: ({ options: o }) => (['clusterDimX', 'clusterDimY'] as const).filter((field) => o[field] !== 1),
  }),
  rule('cluster-z-needs-split-k', 'error', {
    fields: ['clusterDimZ', 'numSlicesForSplitK'],
    message: ({ options: o }) =>
      `clusterDimZ is ${o.clusterDimZ}, but k is in ${o.numSlicesForSplitK} slice, so there is nothing to share along z`,
    fixes: ({ options: o }) => [
      { clusterDimZ: 1 },
      ...(o.clusterDimZ > 1 ? [{ numSlicesForSplitK: o.clusterDimZ }] : []),
    ],
  }),
  rule('tile-m-limit', 'error', {
    fields: ['tileM'],
    message: ({ options: o }) => `tileM ${o.tileM} is above 128, the rows that one CTA can accumulate`,
    fixes: () => [{ tileM: 128 }],
  }),
] as const;

export const ctaExplanations: ExplanationsOf<typeof ctaRules> = {
  'cluster-xy-is-one': {
    summary: 'Clusters extend along z alone.',
    reason: 'The kernels share no operands between CTAs of different tiles; a cluster only sums slices of k.',
    source: thisFamily,
  },
  'cluster-z-needs-split-k': {
    summary: 'A cluster along z needs a split k.',
    reason: 'CTAs along z each sum a slice of k; with one slice there is nothing for the others.',
    source: thisFamily,
  },
  'tile-m-limit': {
    summary: 'tileM is at most 128.',
    reason:
      'One CTA’s accumulator has 128 rows: the lanes of tensor memory on Blackwell, two warpgroups’ registers on Hopper.',
    source: 'PTX ISA, tcgen05, Tensor Memory, and wgmma.mma_async (.m64nNkK, 64 rows to a warpgroup)',
  },
};
