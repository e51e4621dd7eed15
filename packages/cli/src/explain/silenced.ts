import type { Violation } from './violations.js';

/** A configuration that a rule would refuse, if another did not see to it before. */
export interface Silenced extends Violation {
  /** The rule that speaks in its place. */
  readonly by: string;
}

/**
 * Rules that never speak. They stand in their rule set because its order is a contract: a later version may drop the rule
 * that comes before them.
 */
export const silenced: Readonly<Record<string, Silenced>> = {
  'epilogue-tile-divides-tile': { change: { mmaM: 64, epilogueTileM: 96 }, by: 'epilogue-tile-m' },
  'batch-m-sizes-positive': {
    change: {
      batchM: true,
      transposeMmaOutput: false,
      batchedM: [96, 0, 512, 200],
      batchedN: [],
      n: 0,
    },
    by: 'problem-size-positive',
    right: { change: { n: 256 } },
  },
  'batch-n-sizes-positive': { change: { m: 0 }, by: 'problem-size-positive', right: { change: { m: 1536 } } },
  'dsfp8-batch-k-multiple': {
    change: { useDeepSeekFp8: true, epilogueTileM: 64, mmaM: 64, dtypeC: 'E4m3', k: 2000 },
    by: 'dsfp8-k-multiple',
  },
};
