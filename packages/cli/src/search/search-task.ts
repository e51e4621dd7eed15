import type { Checker, SearchSettings, SearchSpace } from '@gemm-preflight/checker-wasm';
import type { Target } from '@gemm-preflight/types';

/** What to search. It can be cloned, compiled module and all: workers are given it as it is. */
export interface SearchTask {
  readonly module: Checker['module'];
  readonly space: SearchSpace;
  readonly target: Target;
  readonly settings: Pick<SearchSettings, 'ruleSet' | 'onlyRuleSet'>;
}
