import type { deviceRules } from './device/index.js';
import { kernelExplanations } from './device/kernel.js';
import { limitExplanations } from './device/limits.js';
import { mmaDeviceExplanations } from './device/mma.js';
import type { ExplanationsOf, RuleExplanation } from './explanation.js';
import { clusterExplanations } from './hopper-native-1/cluster.js';
import { hopperInputExplanations } from './hopper-native-1/inputs.js';
import { tileExplanations } from './hopper-native-1/tiles.js';
import { unsupportedExplanations } from './hopper-native-1/unsupported.js';
import type { RuleSetName, ruleSets } from './index.js';
import { inputExplanations, type inputRules } from './input.js';
import { batchExplanations } from './launch/batches.js';
import type { launchRules } from './launch/index.js';
import { parameterExplanations } from './launch/parameters.js';
import { tensorMapExplanations } from './launch/tensor-maps.js';
import type { RuleDescription } from './rule.js';
import { batchedExplanations } from './trtllm-gen-2025-03/batched.js';
import { ctaExplanations } from './trtllm-gen-2025-03/cta.js';
import { deepseekExplanations } from './trtllm-gen-2025-03/deepseek.js';
import { epilogueTileExplanations } from './trtllm-gen-2025-03/epilogue-tile.js';
import { mmaExplanations } from './trtllm-gen-2025-03/mma.js';
import { outputExplanations } from './trtllm-gen-2025-03/output.js';
import { problemExplanations } from './trtllm-gen-2025-03/problem.js';
import { splitKExplanations } from './trtllm-gen-2025-03/split-k.js';
import { toleranceExplanations } from './trtllm-gen-2025-03/tolerance.js';
import { wholeTileExplanations } from './trtllm-gen-2025-03/whole-tiles.js';

type AllRules =
  | typeof inputRules
  | (typeof ruleSets)[RuleSetName]['rules']
  | typeof deviceRules
  | typeof launchRules;

/** Of every rule: to leave those of a file out does not compile. */
const explanations: ExplanationsOf<AllRules> = {
  ...inputExplanations,
  ...hopperInputExplanations,
  ...tileExplanations,
  ...clusterExplanations,
  ...unsupportedExplanations,
  ...mmaExplanations,
  ...epilogueTileExplanations,
  ...problemExplanations,
  ...wholeTileExplanations,
  ...ctaExplanations,
  ...toleranceExplanations,
  ...outputExplanations,
  ...splitKExplanations,
  ...deepseekExplanations,
  ...batchedExplanations,
  ...limitExplanations,
  ...mmaDeviceExplanations,
  ...kernelExplanations,
  ...batchExplanations,
  ...tensorMapExplanations,
  ...parameterExplanations,
};

const byName: ReadonlyMap<string, RuleExplanation> = new Map(Object.entries(explanations));

/**
 * What a rule demands, why, and where that can be looked up.
 * @throws {RangeError} for a rule that is not in the catalog
 */
export function explanationOf({ name }: Pick<RuleDescription, 'name'>): RuleExplanation {
  const explanation = byName.get(name);
  if (explanation === undefined) throw new RangeError(`no rule is named "${name}"`);
  return explanation;
}
