import type { RuleDescription } from '../rule.js';
import { batchRules as b } from './batches.js';
import { parameterRules as p } from './parameters.js';
import { tensorMapRules as t } from './tensor-maps.js';

/** Limits of the launch, in the order in which they are reported. */
export const launchRules: readonly RuleDescription[] = [
  b.notNegative,
  b.capacity,
  b.ctaTables,
  t.dtype,
  t.extent,
  t.stride,
  t.box,
  t.swizzle,
  p.sizeOverflow,
  p.parameterBlockSize,
];
