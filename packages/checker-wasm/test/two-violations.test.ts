import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type BatchedGemmOptions, findRule, optionFields, sizesAboveZero } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { errorsOf, findingOf, fp8 } from './configurations.js';
import type { Violation } from './rules/violation.js';
import { violations } from './rules/violations.js';

// What is wrong in one place hides nothing that is wrong in another: every violation beside every other.

const checker = createCheckerSync();

/** Each size that the arithmetic divides by, as none. */
const noSizes = sizesAboveZero.map(
  (size): Violation => ({
    rule: 'tile-sizes-positive',
    when: size,
    of: fp8,
    satisfiedBy: {},
    violatedBy: { [size]: 0 },
    names: [],
  }),
);

const all = [...violations.filter(({ kernel }) => kernel === undefined), ...noSizes];

function check(of: Violation, ...changes: readonly Partial<BatchedGemmOptions>[]) {
  return checker.check(Object.assign({}, of.of, ...changes), of.violatedOn ?? 'b200');
}

/** Options that say what a rule is about: it may have nothing to say with another dtype or another layout. */
const isMode = (name: string) => optionFields.find((field) => field.name === name)?.kind !== 'int';

/** What a violation is about: the options at fault, and the modes that its rule reads. */
function aboutOf(of: Violation): ReadonlySet<string> {
  const culprits = findingOf(check(of, of.violatedBy), of.rule)?.fields ?? [];
  const modes = (findRule(of.rule)?.fields ?? []).filter(isMode);
  return new Set([...culprits, ...modes]);
}

/**
 * Pairs that have to do with each other all the same: FP4 output speaks of m and tileM itself, an adjustment takes the shuffle's
 * blocks from tileM, and a cluster's extents are one rule's.
 */
const related = [
  ['fp4-output-not-transposed', /^tma-store-|^batch-n-/],
  ['shuffle-block-divides-m', /^mma-divides-tile$/],
  ['cluster-xy-is-one', /^tile-sizes-positive$/],
] as const;

function areRelated(one: Violation, other: Violation): boolean {
  return related.some(([rule, others]) => rule === one.rule && others.test(other.rule));
}

/** Whether neither touches an option that the other is about. */
function areUnrelated(one: Violation, other: Violation): boolean {
  const touches = (a: Violation, b: Violation) => {
    const about = aboutOf(b);
    return Object.keys(a.violatedBy).some((field) => about.has(field) || field in b.violatedBy);
  };
  return !touches(one, other) && !touches(other, one) && !areRelated(one, other) && !areRelated(other, one);
}

/** Whether the first is found on its own configuration with the other's sound values, and the other beside its sound ones. */
function canMeet(one: Violation, other: Violation): boolean {
  return (
    errorsOf(check(one, other.satisfiedBy, one.violatedBy)).includes(one.rule) &&
    errorsOf(check(one, one.satisfiedBy, other.violatedBy)).includes(other.rule)
  );
}

describe.each(all)('$rule $when', (one) => {
  it('is found beside every other violation, and hides none that has nothing to do with it', () => {
    for (const other of all) {
      if (other.rule === one.rule || !areUnrelated(one, other) || !canMeet(one, other)) continue;
      const errors = errorsOf(check(one, one.violatedBy, other.violatedBy));
      expect(errors, JSON.stringify(other.violatedBy).slice(0, 100)).toContain(one.rule);
      expect(errors, JSON.stringify(other.violatedBy).slice(0, 100)).toContain(other.rule);
    }
  });
});
