import { sharedMemoryLimit } from './device/rules';
import { HEAP, OPTIONS, optionsAt, RESULT, setListPool, TARGET } from './engine/memory';
import { begin, end, error, errorOfValue, findUnreadable, firstErrorRule } from './engine/report';
import { OPTIONS_BYTES, Options } from './generated/options';
import { ResultAt, Setting } from './generated/records';
import { Rule } from './generated/rules';
import { invalidInput, tileSizesPositive } from './input/rules';
import { layOutGrid } from './launch/geometry';
import { batchCapacity, batchSizesNotNegative, ctaTableCapacity } from './launch/rules';
import * as trtllmGen202503 from './trtllm-gen-2025-03/check';

export { HEAP, OPTIONS, RESULT, setListPool, TARGET };

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
  begin(settings);
  store<i32>(RESULT + ResultAt.KNOWN, checkRecord(optionsAt(OPTIONS), settings));
  end();
  return firstErrorRule();
}

/**
 * Checks `count` packed records at `records`, each OPTIONS_BYTES long, and adjusts them in place. Writes the first
 * error's rule of each, or -1, as i32 to `verdicts`. Returns how many have no error.
 */
export function checkMany(records: usize, count: i32, verdicts: usize, settings: i32): i32 {
  let valid = 0;
  for (let i = 0; i < count; i++) {
    begin(settings | Setting.STOP_AT_FIRST);
    checkRecord(optionsAt(records), settings);
    const rule = firstErrorRule();
    store<i32>(verdicts, rule);
    if (rule < 0) valid++;
    records += OPTIONS_BYTES;
    verdicts += 4;
  }
  return valid;
}

function checkRecord(o: Options, settings: i32): i32 {
  if (invalidInput(o)) {
    errorOfValue(Rule.INVALID_INPUT);
    return 0;
  }
  findUnreadable(o);
  if (tileSizesPositive(o) && errorOfValue(Rule.TILE_SIZES_POSITIVE)) return 0;

  const complete = trtllmGen202503.check(o);
  let known = trtllmGen202503.sharedMemoryKnown ? Known.SHARED_MEMORY : 0;
  if (!complete) return known;
  if (layOutGrid(o)) known |= Known.GRID;
  if ((settings & Setting.ONLY_RULE_SET) == 0) aroundRuleSet(o, known);
  return known;
}

/** The groups that every rule set has around it: limits of the device and of the launch. */
function aroundRuleSet(o: Options, known: i32): void {
  if ((known & Known.SHARED_MEMORY) != 0 && error(Rule.SHARED_MEMORY_LIMIT, sharedMemoryLimit())) return;
  if (error(Rule.BATCH_SIZES_NOT_NEGATIVE, batchSizesNotNegative(o))) return;
  if (error(Rule.BATCH_CAPACITY, batchCapacity(o))) return;
  error(Rule.CTA_TABLE_CAPACITY, ctaTableCapacity(o));
}
