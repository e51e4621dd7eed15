import { deviceRules } from './device/index.js';
import { inputRules } from './input.js';
import { launchRules } from './launch/index.js';
import type { RuleDescription } from './rule.js';
import { trtllmGen202503 } from './trtllm-gen-2025-03/index.js';

// What every checker has; other rule sets are added to it.

/** The name of the rule set that a check takes when none is named. */
export const defaultRuleSet = trtllmGen202503.name;

/** The rules around every rule set, and those of the default one. A rule's position is its id in the checker's records. */
export const baseRules: readonly RuleDescription[] = [
  ...inputRules,
  ...trtllmGen202503.rules,
  ...deviceRules,
  ...launchRules,
];
