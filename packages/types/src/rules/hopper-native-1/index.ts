import { baseRules } from '../base.js';
import type { RuleSetDescription } from '../rule.js';
import { trtllmGen202503 } from '../trtllm-gen-2025-03/index.js';
import { clusterRules } from './cluster.js';
import { inputRules } from './inputs.js';
import { sharedMemory } from './shared-memory.js';
import { tileRules } from './tiles.js';
import { unsupportedRules } from './unsupported.js';

/** The rules that only this set has. */
const own = [...inputRules, ...tileRules, ...clusterRules, ...unsupportedRules] as const;

/** What this family demands as the first one does, in its order. */
const shared = [
  'fused-activation-unsupported',
  'output-dtype-default',
  'problem-size-positive',
  'split-k-positive',
  'split-k-divides-k',
  'tile-k-divides-k-slice',
  'tma-store-covers-tile',
  'tma-store-divides-hidden',
  'cluster-z-needs-split-k',
  'tolerance-half',
  'tolerance-dsfp8',
  'split-k-mode',
  'split-k-cluster-size',
  'dsfp8-dtype',
  'batch-sizes-default',
  'num-batches',
  'batch-m-row-major',
  'batch-n-column-major',
  'batched-needs-tma-store',
] as const satisfies readonly (typeof trtllmGen202503.rules)[number]['name'][];

/** Persistent kernels of our own for Hopper, with wgmma. */
export const hopperNative1 = {
  name: 'hopper-native@1',
  title: 'Our own batched GEMM kernels for Hopper, with persistent CTAs',
  rules: [
    ...own,
    ...trtllmGen202503.rules.filter(({ name }) => (shared as readonly string[]).includes(name)),
  ],
  number: 1,
  own,
  firstOwn: baseRules.length,
  /** How these kernels lay out shared memory. */
  sharedMemory,
} as const satisfies RuleSetDescription;
