import { type RuleSetName, type TargetName, targets } from '@gemm-preflight/types';

/** The rule set of the kernels made for a target's architecture, where another one is in use. */
export function ownRuleSet(target: TargetName, inUse: RuleSetName): RuleSetName | undefined {
  const own = targets[target].arch === 'sm90a' ? 'hopper-native@1' : 'trtllm-gen@2025-03';
  return own === inUse ? undefined : own;
}
