import { describe, expectTypeOf, it } from 'vitest';
import type { ExplanationsOf } from '../src/rules/explanation.js';
import { ruleOfLaunch as rule } from '../src/rules/rule.js';

const message = () => 'a message';
const rules = [
  rule('one-rule', 'error', { fields: ['m'], message }),
  rule('another-rule', 'error', { fields: ['n'], message }),
] as const;

type Explanations = ExplanationsOf<typeof rules>;
type Explanation = { summary: string; reason: string };

describe('the explanations of rules', () => {
  it('are one for each, by their names', () => {
    expectTypeOf<keyof Explanations>().toEqualTypeOf<'one-rule' | 'another-rule'>();
    expectTypeOf<Record<'one-rule' | 'another-rule', Explanation>>().toExtend<Explanations>();
  });

  it('do not compile where a rule has none', () => {
    expectTypeOf<Record<'one-rule', Explanation>>().not.toExtend<Explanations>();
  });

  it('do not compile without a reason', () => {
    expectTypeOf<
      Record<'one-rule' | 'another-rule', Pick<Explanation, 'summary'>>
    >().not.toExtend<Explanations>();
  });
});
