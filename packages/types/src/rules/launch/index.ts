import { batchRules } from './batches.js';
import { parameterRules } from './parameters.js';
import { tensorMapRules } from './tensor-maps.js';

/** Limits of the launch, in the order in which they are reported. */
export const launchRules = [...batchRules, ...tensorMapRules, ...parameterRules] as const;
