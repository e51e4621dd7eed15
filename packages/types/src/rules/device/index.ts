import { kernelRules } from './kernel.js';
import { limitRules } from './limits.js';
import { mmaDeviceRules } from './mma.js';

/** Limits of the GPU, in the order in which they are reported. */
export const deviceRules = [...limitRules, ...mmaDeviceRules, ...kernelRules] as const;
