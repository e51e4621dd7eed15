import type { BatchedGemmOptions, OptionName } from '../../options.js';
import { describeChunks, kibibytes, stagesThatFit } from '../../shared-memory.js';
import type { ExplanationsOf } from '../explanation.js';
import { roundUpTo, ruleOfDevice as rule, type Values } from '../rule.js';

/** Blocks that a grid can have along y, and along z. */
export const maxGridYz = 65_535;
/** Blocks of a cluster that every GPU with clusters can launch. */
export const maxClusterBlocks = 8;
/** Threads of one block. */
export const maxThreadsPerCta = 1024;
/** Threads of one warp. */
export const warpThreads = 32;

/** The sizes and types that shared memory is laid out by. */
export const sharedMemorySizes: readonly OptionName[] = [
  'numStages',
  'tileM',
  'tileN',
  'tileK',
  'epilogueTileM',
  'epilogueTileN',
  'dtypeElt',
  'dtypeC',
  'dtypeAcc',
  'numSlicesForSplitK',
];

/** These, and what says which chunks there are. */
export const sharedMemoryFields: readonly OptionName[] = [
  ...sharedMemorySizes,
  'useTmaStore',
  'useDeepSeekFp8',
  'transposeMmaOutput',
  'allReduceAlgo',
  'splitK',
];

/** What is wrong along one side of a grid: in words, the options at fault, and their nearest values that are not. */
type GridFault = readonly [words: string, culprits: readonly OptionName[], nearest: Values];

/** Along z lie the gate's slices; along y the tiles of n, where tokens lie along m. */
function gridFaults({ batchM, n, tileN, clusterDimZ, projGateNumSplitKSlices: z }: BatchedGemmOptions) {
  const faults: GridFault[] = [];
  if (z < 1 || z > maxGridYz) {
    const wholeClusters = maxGridYz - (maxGridYz % Math.max(1, clusterDimZ));
    faults.push([
      `projGateNumSplitKSlices ${z} is the grid along z, which has 1 to ${maxGridYz} blocks`,
      ['projGateNumSplitKSlices'],
      { projGateNumSplitKSlices: z < 1 ? 1 : wholeClusters },
    ]);
  }
  if (batchM && tileN > 0 && n > maxGridYz * tileN)
    faults.push([
      `n ${n} takes ${Math.ceil(n / tileN)} CTAs of tileN ${tileN} along y, where a grid has at most ${maxGridYz}`,
      ['n', 'tileN'],
      { tileN: 2 * tileN },
    ]);
  return faults;
}

/** Limits of the GPU on what a launch asks for. */
export const limitRules = [
  rule('shared-memory-limit', 'error', {
    fields: sharedMemoryFields,
    message: ({ options: o, target, sharedMemory }) =>
      `${describeChunks(o, sharedMemory(o))}: ${kibibytes(sharedMemory(o).total)} of the ${kibibytes(target.sharedMemPerBlockOptin)} that a block of ${target.name} can have`,
    fixes: ({ options: o, target, sharedMemory }) => {
      const numStages = stagesThatFit(o, sharedMemory, target.sharedMemPerBlockOptin);
      return numStages > 0 ? [{ numStages }] : [];
    },
    culprits: () => sharedMemorySizes,
  }),
  rule('grid-limits', 'error', {
    fields: ['batchM', 'n', 'tileN', 'projGateNumSplitKSlices'],
    message: ({ options: o }) =>
      gridFaults(o)
        .map(([words]) => words)
        .join('; '),
    fixes: ({ options: o }) => [Object.assign({}, ...gridFaults(o).map(([, , nearest]) => nearest))],
    culprits: ({ options: o }) => gridFaults(o).flatMap(([, culprits]) => culprits),
  }),
  rule('cluster-limits', 'error', {
    fields: ['clusterDimZ', 'numSlicesForSplitK', 'projGateNumSplitKSlices'],
    message: ({ options: { clusterDimZ: z, projGateNumSplitKSlices } }) =>
      `clusterDimZ ${z} ` +
      (z > maxClusterBlocks
        ? `makes clusters of ${z} blocks, where every GPU launches at most ${maxClusterBlocks}`
        : `does not divide the grid along z, projGateNumSplitKSlices ${projGateNumSplitKSlices}`),
    fixes: ({ options: o }) =>
      o.clusterDimZ > maxClusterBlocks
        ? [{ clusterDimZ: 1 }]
        : [
            { projGateNumSplitKSlices: roundUpTo(o.projGateNumSplitKSlices, o.clusterDimZ) },
            { clusterDimZ: 1 },
          ],
    culprits: ({ options: o }) =>
      o.clusterDimZ > maxClusterBlocks ? ['clusterDimZ'] : ['clusterDimZ', 'projGateNumSplitKSlices'],
  }),
] as const;

export const limitExplanations: ExplanationsOf<typeof limitRules> = {
  'shared-memory-limit': {
    summary:
      'The pipeline’s stages and the output’s staging fit in the shared memory that one block can opt in to.',
    reason: 'A block that asks for more is refused at launch.',
    source: 'CUDA Driver API, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN',
  },
  'grid-limits': {
    summary: 'A grid has 1 to 65535 blocks along z, and at most as many along y.',
    reason: 'The hardware counts blocks along y and z with 16 bits.',
    source: 'CUDA Driver API, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y and _Z',
  },
  'cluster-limits': {
    summary: 'A cluster has at most 8 blocks, and its extent along z divides the grid’s.',
    reason:
      'A launch whose grid is no multiple of its cluster is refused, and larger clusters are not portable. The grid along z is projGateNumSplitKSlices.',
    source:
      'CUDA C++ Programming Guide, thread block clusters; CUDA Driver API, CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION',
  },
};
