import { createCheckerSync, type SearchSpace, search } from '@gemm-preflight/checker-wasm';
import { type OptionChange, optionNames } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorsOf } from '../configurations.js';
import { configurationsOf, spacesNearValid, valuesOf } from '../search/spaces.js';
import { fuzzing, fuzzTimeoutMs } from './runs.js';

const checker = createCheckerSync();
const explanationOf = (space: SearchSpace) => search(checker, space, 'b200').explanation;

/** A space with changes in the place of what it has. */
function changed(space: SearchSpace, changes: readonly OptionChange[]): SearchSpace {
  const given = changes.map(({ field, to }) => [field, Array.isArray(to) ? [to] : to]);
  return { ...space, ...Object.fromEntries(given) };
}

// Spaces so small that each configuration can be held against what is said of all.
describe('an explanation of why nothing is valid', () => {
  it(
    'is true: a named rule refuses each configuration, and each is needed',
    () => {
      fc.assert(
        fc.property(spacesNearValid, (space) => {
          const explanation = explanationOf(space);
          if (explanation === undefined) return;
          const { obstacles, nearest, lookedAt, message } = explanation;
          const rules = obstacles.map(({ rule }) => rule);
          const found = configurationsOf(space).map((options) => errorsOf(checker.check(options, 'b200')));
          expect(lookedAt).toBe(found.length);
          for (const errors of found) expect(errors.some((rule) => rules.includes(rule))).toBe(true);
          // A rule that the others make needless is there for a change that takes it away.
          const needless = rules.filter((rule) =>
            found.every((errors) => errors.some((other) => other !== rule && rules.includes(other))),
          );
          expect(needless.length).toBeLessThanOrEqual(nearest?.changes.length ?? 0);
          expect(message).not.toMatch(/undefined|NaN|because ;|and ;|or ;/);
        }),
        fuzzing(200),
      );
    },
    fuzzTimeoutMs,
  );

  it(
    'names changes that help together, and not without any one of them',
    () => {
      fc.assert(
        fc.property(spacesNearValid, (space) => {
          const { nearest } = explanationOf(space) ?? {};
          if (nearest === undefined) return;
          const { options, changes } = nearest;
          expect(checker.check(options, 'b200').ok).toBe(true);
          expect(changes.length).toBeGreaterThan(0);
          for (const name of optionNames) {
            const change = changes.find(({ field }) => field === name);
            if (change === undefined) expect(valuesOf(space, name)).toContainEqual(options[name]);
            else {
              expect(options[name]).toEqual(change.to);
              expect(valuesOf(space, name)).toContainEqual(change.from);
              expect(valuesOf(space, name)).not.toContainEqual(change.to);
            }
          }
          for (const left of changes) {
            const others = changes.filter((change) => change !== left);
            expect(search(checker, changed(space, others), 'b200').valid).toBe(0);
          }
        }),
        fuzzing(150),
      );
    },
    fuzzTimeoutMs,
  );
});
