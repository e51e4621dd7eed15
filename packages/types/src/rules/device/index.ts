import type { RuleDescription } from '../rule.js';
import { kernelRules as k } from './kernel.js';
import { limitRules as l } from './limits.js';
import { mmaDeviceRules as x } from './mma.js';

/** Limits of the GPU, in the order in which they are reported. */
export const deviceRules: readonly RuleDescription[] = [
  l.sharedMemoryLimit,
  l.gridLimits,
  l.clusterLimits,
  x.mmaDtype,
  x.wgmmaShape,
  x.tcgen05Shape,
  k.kernelArch,
  k.kernelSharedMemory,
  k.threadsPerCta,
];
