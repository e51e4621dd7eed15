import { firstAround } from './around';
import { beginVerdict, overflowed } from './engine/report';
import { Options } from './generated/options';
import { Rule } from './generated/rules';
import { invalidInput, tileSizesPositive } from './input/rules';
import { layOutSharedMemory } from './trtllm-gen-2025-03/shared-memory';
import * as trtllmGen202503 from './trtllm-gen-2025-03/check';

/** The first error's rule, or -1. Adjusts the record, reports nothing. */
export function verdict(o: Options, onlyRuleSet: bool): i32 {
  if (invalidInput(o)) return Rule.INVALID_INPUT;
  if (tileSizesPositive(o)) return Rule.TILE_SIZES_POSITIVE;
  beginVerdict();
  const errors = trtllmGen202503.check(o);
  const first = errors != 0 ? trtllmGen202503.FIRST_RULE + <i32>ctz(errors) : i32.MAX_VALUE;
  if (overflowed() >= 0 && overflowed() < first) return Rule.ADJUSTMENT_OVERFLOW;
  if (errors != 0) return first;
  if (onlyRuleSet) return -1;
  layOutSharedMemory(o);
  return firstAround(o);
}
