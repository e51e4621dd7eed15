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
export { moduleBytes } from './instance.js';
export { findInvalidInput, suggestion } from './invalid-input.js';
