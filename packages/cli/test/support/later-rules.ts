import { type Checker, createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type Diagnostic, defaultRuleSet, type RuleSetName } from '@gemm-preflight/types';

/** A rule set that is yet to come: like today's, but it takes clusters along x and y, and at most three stages. */
export const laterRules = 'stub@2099-01' as RuleSetName;

const checker = createCheckerSync();

/** A checker that knows {@link laterRules} beside the rule set that there is. */
export const laterChecker: Checker = {
  module: checker.module,
  check(options, target, settings = {}) {
    if (settings.ruleSet !== laterRules) return checker.check(options, target, settings);
    const today = checker.check(options, target, { ...settings, ruleSet: defaultRuleSet });
    const kept = today.diagnostics.filter(({ rule }) => rule !== 'cluster-xy-is-one');
    const diagnostics = options.numStages > 3 ? [...kept, tooManyStages(options.numStages)] : kept;
    const ok = diagnostics.every(({ severity }) => severity !== 'error');
    return { ...today, ruleSet: laterRules, ok, diagnostics };
  },
};

function tooManyStages(numStages: number): Diagnostic {
  const message = `numStages is ${numStages}, and there are at most 3`;
  return { rule: 'three-stages', severity: 'error', message, fields: ['numStages'] };
}
