import { type RuleDescription, rulesOf, setOption } from './rule.js';

const rule = rulesOf('device');

/** Blocks that a grid can have along y, and along z. */
export const maxGridYz = 65_535;

/** Limits of the GPU. */
export const deviceRules: readonly RuleDescription[] = [
  rule('shared-memory-limit', 'error', {
    fields: [
      'numStages',
      'tileM',
      'tileN',
      'tileK',
      'epilogueTileM',
      'epilogueTileN',
      'dtypeElt',
      'dtypeC',
      'dtypeAcc',
    ],
    summary:
      'The pipeline’s stages and the output’s staging fit in the shared memory that one block can opt in to.',
    reason:
      'A block that asks for more is refused at launch (CUDA driver API, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN).',
    message: ({ options: o, target }) =>
      `${o.numStages} stages of a ${o.tileM}×${o.tileN}×${o.tileK} tile and the output’s staging exceed the ${target.sharedMemPerBlockOptin} bytes of shared memory that a block of ${target.name} can have`,
  }),
  rule('grid-limits', 'error', {
    fields: ['batchM', 'n', 'tileN', 'projGateNumSplitKSlices'],
    summary: `A grid has 1 to ${maxGridYz} blocks along z, and at most as many along y.`,
    reason:
      'The hardware counts blocks along y and z with 16 bits (CUDA driver API, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y and _Z).',
    message: ({ options: o }) => {
      const slices = o.projGateNumSplitKSlices;
      return slices < 1 || slices > maxGridYz
        ? `projGateNumSplitKSlices ${slices} is the grid along z, which has 1 to ${maxGridYz} blocks`
        : `n ${o.n} takes ${Math.ceil(o.n / o.tileN)} CTAs of tileN ${o.tileN} along y, where a grid has at most ${maxGridYz}`;
    },
    fixes: ({ options: o }) =>
      o.projGateNumSplitKSlices < 1 ? [setOption(o, 'projGateNumSplitKSlices', 1)] : [],
    culprits: ({ options: o }) =>
      o.projGateNumSplitKSlices < 1 || o.projGateNumSplitKSlices > maxGridYz
        ? ['projGateNumSplitKSlices']
        : ['n', 'tileN'],
  }),
];
