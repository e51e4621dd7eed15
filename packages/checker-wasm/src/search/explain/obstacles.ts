import type { BatchedGemmOptions, Diagnostic, RuleSetDescription } from '@gemm-preflight/types';
import { decidingAxes } from '../order.js';
import { type ReadSpace, sizeOf } from '../space.js';
import { isRefusedBy, type Look, type Refusal } from './refusal.js';
import { combinations } from './sample.js';

/** Rules that refuse everything together, and what they were found to refuse. */
export interface Obstacles {
  readonly rules: readonly string[];
  readonly refusals: readonly Refusal[];
  /** How many configurations of the space each of the refusals stands for; undefined where they stand for themselves alone. */
  readonly each: number | undefined;
}

/**
 * Finds rules of which every configuration of a space breaks one. Rules that refuse all of a sample may miss others; but what
 * these rules say depends on some of the axes alone, and if those have few combinations, all of them are looked at. One that is
 * missed joins the sample, and the rules are chosen anew.
 * @param sample refused configurations of the space
 * @param around the configuration that the others are taken from
 * @param required rules to be among them
 * @returns undefined when one of those looked at is valid
 */
export function findObstacles(
  space: ReadSpace,
  sample: readonly Refusal[],
  around: BatchedGemmOptions,
  required: readonly string[],
  ruleSet: RuleSetDescription,
  look: Look,
): Obstacles | undefined {
  let refusals = sample;
  for (;;) {
    const rules = coveringRules(refusals, required);
    const axes = decidingAxes(space, rules, ruleSet);
    const options = combinations(space, axes, around);
    if (options === undefined) return { rules, refusals, each: undefined };
    const all = options.map(look);
    const refused = all.filter((refusal) => refusal !== undefined);
    if (refused.length < all.length) return undefined;
    const missed = refused.filter((refusal) => !isRefusedBy(refusal, rules));
    if (missed.length === 0) return { rules, refusals: refused, each: space.total / sizeOf(axes) };
    refusals = [...refusals, ...missed];
  }
}

/** The required rules and those that refuse most of what is left, without any that the others make needless. */
function coveringRules(refusals: readonly Refusal[], required: readonly string[]): readonly string[] {
  const chosen = [...required];
  for (;;) {
    const most = mostFrequent(refusals.filter((refusal) => !isRefusedBy(refusal, chosen)));
    if (most === undefined) break;
    chosen.push(most);
  }
  return chosen.reduceRight<readonly string[]>((kept, rule) => {
    const without = kept.filter((other) => other !== rule);
    const isNeedless = !required.includes(rule) && refusals.every((refusal) => isRefusedBy(refusal, without));
    return isNeedless ? without : kept;
  }, chosen);
}

/**
 * The rule that refuses most; undefined where there is nothing to refuse. Of rules that refuse as many, it is the one that offers
 * the fewest ways out, and then the one that refuses most of the others.
 */
export function mostFrequent(
  refusals: readonly Refusal[],
  others: readonly Refusal[] = [],
): string | undefined {
  const refused = countByRule(refusals, () => true);
  const withoutFix = countByRule(refusals, ({ fixes }) => fixes === undefined);
  const elsewhere = countByRule(others, () => true);
  const more = (a: string, b: string) => (counts: ReadonlyMap<string, number>) =>
    (counts.get(b) ?? 0) - (counts.get(a) ?? 0);
  const byCounts = (a: string, b: string) =>
    [refused, withoutFix, elsewhere].map(more(a, b)).find((difference) => difference !== 0) ?? 0;
  return [...refused.keys()].sort(byCounts)[0];
}

function countByRule(
  refusals: readonly Refusal[],
  counts: (error: Diagnostic) => boolean,
): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { errors } of refusals) {
    for (const rule of new Set(errors.filter(counts).map(({ rule }) => rule)))
      times.set(rule, (times.get(rule) ?? 0) + 1);
  }
  return times;
}
