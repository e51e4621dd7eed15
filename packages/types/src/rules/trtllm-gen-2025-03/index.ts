import type { RuleSetDescription } from '../rule.js';
import { batchedRules } from './batched.js';
import { ctaRules } from './cta.js';
import { deepseekRules } from './deepseek.js';
import { epilogueTileRules } from './epilogue-tile.js';
import { mmaRules } from './mma.js';
import { outputRules } from './output.js';
import { problemRules } from './problem.js';
import { sharedMemory } from './shared-memory.js';
import { splitKRules } from './split-k.js';
import { toleranceRules } from './tolerance.js';
import { wholeTileRules } from './whole-tiles.js';

/**
 * Batched GEMM kernels of March 2025, as their launcher constrained them. The order, of the files here and of the rules in each, is
 * part of the contract.
 */
export const trtllmGen202503 = {
  name: 'trtllm-gen@2025-03',
  title: 'Batched GEMM kernels (FP8 block-scale MoE), March 2025',
  rules: [
    ...mmaRules,
    ...epilogueTileRules,
    ...problemRules,
    ...wholeTileRules,
    ...ctaRules,
    ...toleranceRules,
    ...outputRules,
    ...splitKRules,
    ...deepseekRules,
    ...batchedRules,
  ],
  number: 0,
  own: [],
  firstOwn: 0,
  /** How these kernels lay out shared memory. */
  sharedMemory,
} as const satisfies RuleSetDescription;
