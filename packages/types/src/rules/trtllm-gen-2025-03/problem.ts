import type { OptionName } from '../../options.js';
import type { ExplanationsOf } from '../explanation.js';
import { roundUpTo, ruleOfSet as rule } from '../rule.js';
import { thisFamily } from './sources.js';
import { smallerTile } from './whole-tile-fixes.js';

const sizes = ['m', 'n', 'k'] as const satisfies readonly OptionName[];

/** Problem sizes, and k in slices and stages. */
export const problemRules = [
  rule('problem-size-positive', 'error', {
    fields: ['m', 'n', 'k'],
    message: ({ options: o }) =>
      `${sizes
        .filter((size) => o[size] <= 0)
        .map((size) => `${size} is ${o[size]}`)
        .join(', ')}; sizes of a problem must be positive`,
    culprits: ({ options: o }) => sizes.filter((size) => o[size] <= 0),
  }),
  rule('split-k-positive', 'error', {
    fields: ['numSlicesForSplitK'],
    message: ({ options: o }) => `numSlicesForSplitK is ${o.numSlicesForSplitK}; 1 means that k is not split`,
    fixes: () => [{ numSlicesForSplitK: 1 }],
  }),
  rule('split-k-divides-k', 'error', {
    fields: ['k', 'numSlicesForSplitK'],
    message: ({ options: o }) =>
      `k ${o.k} does not divide into ${o.numSlicesForSplitK} equal slices; ${o.k % o.numSlicesForSplitK} are left over`,
    fixes: ({ options: o }) => [
      { k: roundUpTo(o.k, o.numSlicesForSplitK * o.tileK) },
      { numSlicesForSplitK: 1 },
    ],
  }),
  rule('tile-k-divides-k-slice', 'error', {
    fields: ['k', 'tileK', 'numSlicesForSplitK'],
    message: ({ options: o }) => {
      const slice = Math.trunc(o.k / o.numSlicesForSplitK);
      const of =
        o.numSlicesForSplitK === 1
          ? `k ${o.k}`
          : `a slice of k (${o.k} / ${o.numSlicesForSplitK} = ${slice})`;
      return `${of} is no multiple of tileK ${o.tileK}; ${slice % o.tileK} are left over`;
    },
    fixes: ({ options: o }) => {
      const smaller = smallerTile(o, 'k', Math.trunc(o.k / o.numSlicesForSplitK));
      return [
        { k: roundUpTo(o.k, o.tileK * o.numSlicesForSplitK) },
        ...(smaller === undefined ? [] : [smaller]),
      ];
    },
  }),
] as const;

export const problemExplanations: ExplanationsOf<typeof problemRules> = {
  'problem-size-positive': {
    summary: 'm, n and k are positive.',
    reason: 'An empty matrix has nothing to launch for.',
    source:
      'the kernels of this family; the driver refuses a grid of 0 blocks, too (CUDA Driver API, cuLaunchKernelEx)',
    noFix: 'a size that was meant is nothing that the other sizes tell',
  },
  'split-k-positive': {
    summary: 'k is cut into at least one slice.',
    reason: 'One slice is the whole of k; fewer would compute nothing.',
    source: thisFamily,
  },
  'split-k-divides-k': {
    summary: 'Slices of k are equal.',
    reason: 'Every CTA of a split runs the same number of pipeline steps.',
    source: thisFamily,
  },
  'tile-k-divides-k-slice': {
    summary: 'tileK divides each slice of k.',
    reason: 'The main loop loads whole stages of tileK; the kernels have no code for a partial last one.',
    source: thisFamily,
  },
};
