export { moduleBytes } from './module-bytes.js';

// The module's text comes first, and so it does in a page: beside code it would be compressed less well.

export {
  applyFixes,
  type FixOutcome,
  type FixSettings,
  type UnfixedError,
  type UnfixedReason,
} from './apply-fixes.js';
export {
  type Checker,
  type CheckSettings,
  createChecker,
  createCheckerSync,
  packOptions,
} from './checker.js';
export { type AppliedFix, changesProblem } from './fix-search.js';
export { applyFix } from './fixes.js';
export { findInvalidInput } from './invalid-input.js';
export { checkMany, type LoadedOptions, loadOptions, type Verdicts } from './load-options.js';
export type { PackedOptions } from './packed-options.js';
export { ctaTables, mostCtas, tokensOf, tokenTile } from './plan/cta-tables.js';
export { otherThanCompiled } from './plan/kernel-options.js';
export { optionsFor, problemSizes } from './plan/options-for.js';
export { PlanError } from './plan/plan-error.js';
export { type PlanSettings, planLaunch, raisedSharedMemFrom } from './plan/plan-launch.js';
export { type TokenCounts, withTokens } from './plan/plan-tokens.js';
export { verdictRule } from './rule-sets.js';
export {
  explainSearch,
  findInvalidValues,
  mergeSearches,
  mostSearchValues,
  type NearestValid,
  type SearchExplanation,
  type SearchObstacle,
  type SearchResult,
  type SearchSettings,
  type SearchSpace,
  search,
  searchSize,
  type ValuesFault,
} from './search/index.js';
export type { KernelCost, Padding, Waves } from './select/kernel-cost.js';
export { whyNotMeasuredOn } from './select/measured-ranking.js';
export type { Occupancy } from './select/occupancy.js';
export { type Mismatch, type MismatchKind, mismatches, type RefusalReason } from './select/refusal.js';
export {
  type FittingKernel,
  type KernelCandidate,
  type KernelSelection,
  type RefusedKernel,
  type SelectionSettings,
  selectKernel,
} from './select/select-kernel.js';
export {
  type Bound,
  memoryLatencyUs,
  operandBytesPerSecondAndSm,
  type TimeEstimate,
} from './select/time-estimate.js';
export { suggestion } from './suggestion.js';
