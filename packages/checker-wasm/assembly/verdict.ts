import { endsAround } from './around';
import { adjusted, take } from './engine/record';
import { firstErrorRule } from './engine/report';
import { Options } from './generated/options';
import { Rule } from './generated/rules';
import { invalidInput, tileSizesPositive } from './input/rules';
import { checkRules } from './rule-sets';

/** The first error's rule, or -1. Reports nothing, and leaves the record as it is. A caller has begun verdicts. */
// @ts-expect-error: decorator
@inline
export function verdict(o: Options, onlyRuleSet: bool): i32 {
  if (invalidInput(o)) return Rule.INVALID_INPUT;
  if (tileSizesPositive(o)) return Rule.TILE_SIZES_POSITIVE;
  take(o);
  if (checkRules(o)) return firstErrorRule();
  if (!onlyRuleSet) if (endsAround(adjusted())) return firstErrorRule();
  return -1;
}
