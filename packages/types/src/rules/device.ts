import { type RuleDescription, rulesOf } from './rule.js';

const rule = rulesOf('device');

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
];
