import { optionsAt } from './engine/memory';
import { beginVerdicts } from './engine/report';
import { LEVEL_BYTES, Level, MAX_LEVELS, SearchAt, Setting } from './generated/records';
import { NUM_RULES } from './generated/rules';
import { placeOf, useRuleSet } from './rule-sets';
import { verdict } from './verdict';

// A space of configurations is a tree: each level gives one option a value, and the leaves are the configurations, numbered
// from 0 in the order of the tree. Where the rules that depend on nothing but the options assigned so far find an error, the
// whole subtree has it. Positions are f64: whole numbers up to 2^53.

/** The levels, the root's first; the host writes them. */
export const SEARCH: usize = memory.data(<i32>SearchAt.LEVELS + MAX_LEVELS * LEVEL_BYTES, 16);
/** The configuration of the tree's current node: what the host wrote, with a value for each level down to it. */
const NODE: usize = SEARCH + SearchAt.NODE;

/** Where the walk is on each level: the number of the value, and the position behind the node's last leaf. */
const DIGITS: usize = memory.data(MAX_LEVELS * 4, 16);
const ENDS: usize = memory.data(MAX_LEVELS * 8, 16);

// @ts-expect-error: decorator
@inline
function levelAt(depth: i32): Level {
  return changetype<Level>(SEARCH + SearchAt.LEVELS + <usize>(depth * LEVEL_BYTES));
}

// @ts-expect-error: decorator
@inline
function endAt(depth: i32): usize {
  return ENDS + (<usize>depth << 3);
}

/** Gives the option of a level its value by number, and notes where the subtree below ends. */
// @ts-expect-error: decorator
@inline
function enter(depth: i32, digit: i32, end: f64): void {
  const level = levelAt(depth);
  store<i32>(DIGITS + (<usize>depth << 2), digit);
  store<f64>(endAt(depth), end);
  const value = <usize>level.values + (<usize>(digit * level.words) << 2);
  store<i32>(NODE + <usize>level.option, load<i32>(value));
  if (level.words == 2) store<i32>(NODE + <usize>level.option, load<i32>(value, 4), 4);
}

/**
 * Walks the leaves from `begin` to `end`. Adds to `counts`, an f64 for each rule and one for the valid ones, how many each
 * rule refuses first. Writes the positions of the valid ones to `found`, unless that is 0, and pauses when there are
 * `capacity`; pauses after `budget` looks at a node, too. Returns the position to go on from.
 */
export function search(
  begin: f64, end: f64, budget: i32, found: usize, capacity: i32, counts: usize, settings: i32,
): f64 {
  const leaf = load<i32>(SEARCH + SearchAt.DEPTH);
  const onlyRuleSet = (settings & Setting.ONLY_RULE_SET) != 0;
  useRuleSet(settings);
  beginVerdicts();
  let at = begin;
  let depth = 0;
  let numFound = 0;
  store<f64>(endAt(0), levelAt(0).leaves);
  while (at < end && budget > 0 && numFound < capacity) {
    const level = levelAt(depth);
    // A rule counts where all that come before it can be judged, too.
    if (level.rules != 0) {
      budget--;
      // What is not assigned has the value of the last visit.
      const rule = verdict(optionsAt(NODE), onlyRuleSet);
      if (depth == leaf || (rule >= 0 && placeOf(rule) < level.rules)) {
        const next = min(end, load<f64>(endAt(depth)));
        const count = counts + (<usize>(rule < 0 ? NUM_RULES : rule) << 3);
        store<f64>(count, load<f64>(count) + next - at);
        if (rule < 0 && found != 0) {
          store<f64>(found + (<usize>numFound << 3), at);
          numFound++;
        }
        at = next;
        // Up to the node that has more below it, and on to its next child.
        while (depth > 0 && load<f64>(endAt(depth - 1)) <= at) depth--;
        if (depth > 0) enter(depth, load<i32>(DIGITS + (<usize>depth << 2)) + 1, at + levelAt(depth).leaves);
        continue;
      }
    }
    // Down, to the child that holds the position: the first one, but where the walk begins.
    const parentEnd = load<f64>(endAt(depth));
    const parentStart = parentEnd - level.leaves;
    const leaves = levelAt(++depth).leaves;
    const digit = floor((at - parentStart) / leaves);
    enter(depth, <i32>digit, parentStart + (digit + 1) * leaves);
  }
  store<i32>(SEARCH + SearchAt.NUM_FOUND, numFound);
  return at;
}
