import type { ExplanationsOf } from '../explanation.js';
import { roundUpTo, ruleOfSet as rule } from '../rule.js';
import { clusters, theseKernels } from './sources.js';

/** What the CTAs of a cluster share: tokens, or the sums of a tile. */
export const clusterRules = [
  rule('cluster-of-two', 'error', {
    fields: ['batchM', 'clusterDimX', 'clusterDimY'],
    message: ({ options: o }) =>
      `the cluster is ${o.clusterDimX}×${o.clusterDimY} along x and y; with ${o.batchM ? 'batchM it is 1×1 or 2×1' : 'batchN it is 1×1'}`,
    fixes: () => [{ clusterDimX: 1, clusterDimY: 1 }],
    culprits: ({ options: o }) => [
      ...(o.clusterDimX > (o.batchM ? 2 : 1) ? (['clusterDimX'] as const) : []),
      ...(o.clusterDimY > 1 ? (['clusterDimY'] as const) : []),
    ],
  }),
  rule('cluster-divides-hidden', 'error', {
    fields: ['batchM', 'clusterDimX', 'n', 'tileN'],
    message: ({ options: o }) =>
      `clusterDimX 2 computes two tiles of tileN ${o.tileN} at a time, and n ${o.n} has ${o.n / o.tileN}`,
    fixes: ({ options: o }) => [{ n: roundUpTo(o.n, 2 * o.tileN) }, { clusterDimX: 1 }],
  }),
  rule('split-k-slices', 'error', {
    fields: ['batchM', 'numSlicesForSplitK'],
    message: ({ options: o }) =>
      `numSlicesForSplitK is ${o.numSlicesForSplitK}; with ${o.batchM ? 'batchM it is 1' : 'batchN it is 1, 2, 4 or 8'}`,
    fixes: ({ options: o }) => {
      const slices = o.batchM ? 1 : 2 ** Math.min(3, Math.floor(Math.log2(o.numSlicesForSplitK)));
      return [{ numSlicesForSplitK: slices, clusterDimZ: slices }];
    },
    culprits: () => ['numSlicesForSplitK'],
  }),
  rule('route-act-alone', 'error', {
    fields: ['routeAct', 'useDeepSeekFp8', 'clusterDimX', 'numSlicesForSplitK'],
    message: ({ options: o }) =>
      `routeAct goes with DeepSeek scales, clusterDimX 1 and one slice of k, and useDeepSeekFp8 is ${o.useDeepSeekFp8}, clusterDimX ${o.clusterDimX}, numSlicesForSplitK ${o.numSlicesForSplitK}`,
    fixes: () => [
      { routeAct: false },
      { useDeepSeekFp8: true, clusterDimX: 1, clusterDimZ: 1, numSlicesForSplitK: 1 },
    ],
  }),
] as const;

export const clusterExplanations: ExplanationsOf<typeof clusterRules> = {
  'cluster-of-two': {
    summary: 'A cluster is one CTA along x and y, or with batchM two along x.',
    reason:
      'Two CTAs of a cluster compute neighbouring channels of the same tokens, which the TMA loads once for both (multicast). With batchN the tokens are the small side of a tile: there is nothing to save.',
    source: clusters,
  },
  'cluster-divides-hidden': {
    summary: 'With clusterDimX 2, n is a multiple of two tiles.',
    reason: 'The CTAs of a cluster go from tile to tile together, each with one of two neighbours.',
    source: theseKernels,
  },
  'split-k-slices': {
    summary: 'k is in 1, 2, 4 or 8 slices; with batchM it is not split.',
    reason:
      'The slices of a tile form a cluster, and every GPU launches clusters of up to 8. batchM has tiles enough to fill a GPU without.',
    source: 'CUDA C++ Programming Guide, Thread Block Clusters, portable cluster size',
  },
  'route-act-alone': {
    summary: 'Routed activations come with DeepSeek scales, in clusters of one CTA, and with k in one slice.',
    reason:
      'Rows are gathered by the threads of a CTA, each into its own shared memory, where the TMA’s multicast would have to know them.',
    source: theseKernels,
  },
};
