import { reportAround } from './around';
import { KERNEL } from './device/kernel';
import { HEAP, OPTIONS, RESULT, TARGET, optionsAt, setListPool } from './engine/memory';
import { begin, beginGroup, beginVerdicts, end, firstErrorRule, goOnWithout, merge, report, stopped } from './engine/report';
import { OPTIONS_BYTES, Options } from './generated/options';
import { ResultAt, Setting } from './generated/records';
import { Rule } from './generated/rules';
import { invalidInput, tileSizesPositive } from './input/rules';
import {
  causesOf,
  checkRules,
  lastRuleBeforeSharedMemory,
  layOutGrid,
  layOutSharedMemory,
  useRuleSet,
} from './rule-sets';
import { SEARCH, search } from './search';
import { verdict } from './verdict';

export { HEAP, KERNEL, OPTIONS, RESULT, SEARCH, TARGET, search, setListPool };

/** What a result knows besides its diagnostics. */
namespace Known {
  export const SHARED_MEMORY: i32 = 1;
  export const GRID: i32 = 2;
}

/**
 * Checks the option record at OPTIONS for the target at TARGET; settings are bits. Options are adjusted in place, the
 * findings are at RESULT. Returns the first error's rule, or -1.
 */
export function check(settings: i32): i32 {
  const o = optionsAt(OPTIONS);
  begin(o, settings);
  useRuleSet(settings);
  store<i32>(RESULT + ResultAt.KNOWN, checkRecord(o, settings));
  end();
  return firstErrorRule();
}

function checkRecord(o: Options, settings: i32): i32 {
  if (invalidInput(o)) {
    report(Rule.INVALID_INPUT);
    return 0;
  }
  if (tileSizesPositive(o) && report(Rule.TILE_SIZES_POSITIVE)) return 0;
  goOnWithout(o);
  beginGroup();
  checkRules(o);
  merge(o, causesOf);
  if (stopped() && firstErrorRule() <= lastRuleBeforeSharedMemory()) return 0;
  let known = layOutSharedMemory(o) ? Known.SHARED_MEMORY : 0;
  if (stopped()) return known;
  if (layOutGrid(o)) known |= Known.GRID;
  if ((settings & Setting.ONLY_RULE_SET) == 0) reportAround(o, (known & Known.SHARED_MEMORY) != 0);
  return known;
}

/**
 * Checks `count` packed records at `records`, each OPTIONS_BYTES long, and leaves them as they are. Writes the first error's
 * rule of each, or -1, as i32 to `verdicts`. Returns how many have no error.
 */
export function checkMany(records: usize, count: i32, verdicts: usize, settings: i32): i32 {
  const onlyRuleSet = (settings & Setting.ONLY_RULE_SET) != 0;
  useRuleSet(settings);
  beginVerdicts();
  let valid = 0;
  for (let i = 0; i < count; i++) {
    const rule = verdict(optionsAt(records), onlyRuleSet);
    store<i32>(verdicts, rule);
    valid += rule < 0 ? 1 : 0;
    records += OPTIONS_BYTES;
    verdicts += 4;
  }
  return valid;
}
