export { type AppliedFix, applyFixes, type FixOutcome, type FixSettings } from './apply-fixes.js';
export {
  type Checker,
  type CheckSettings,
  createChecker,
  createCheckerSync,
  type PackedOptions,
  packOptions,
  type Verdicts,
  verdictRule,
} from './checker.js';
export { applyFix } from './fixes.js';
export { moduleBytes } from './instance.js';
export { findInvalidInput, suggestion } from './invalid-input.js';
export {
  chooseKernel,
  type KernelCandidate,
  type KernelChoice,
  type KernelCost,
} from './plan/choose-kernel.js';
export { ctaTables, tokensOf, tokenTile } from './plan/cta-tables.js';
export { mismatches, optionsFor } from './plan/options-for.js';
export { PlanError } from './plan/plan-error.js';
export { type PlanSettings, planLaunch, raisedSharedMemFrom } from './plan/plan-launch.js';
export {
  explainSearch,
  mergeSearches,
  type SearchExplanation,
  type SearchObstacle,
  type SearchResult,
  type SearchSettings,
  type SearchSpace,
  search,
  searchSize,
} from './search/index.js';
