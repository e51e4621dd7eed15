import { applyFix, applyFixes, createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type BatchedGemmOptions, type CheckResult, optionNames, targetNames } from '@gemm-preflight/types';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { dsfp8 } from '../configurations.js';
import { liveOptions, plainOptions } from './hostile.js';
import { fuzzing, fuzzTimeoutMs } from './runs.js';

const checker = createCheckerSync();
const names: ReadonlySet<string> = new Set(optionNames);
const known = createCheckerSync().check(dsfp8, 'b200');
const ownOfObject = Object.getOwnPropertyNames(Object.prototype);
const target = fc.constantFrom(...targetNames);
const settings = fc.record({ stopAtFirst: fc.boolean(), onlyRuleSet: fc.boolean() });

/** What holds of every result. */
function expectSound(result: CheckResult): void {
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
  expect(result.ok).toBe(errors.length === 0);
  for (const { rule, message, fields, fixes } of result.diagnostics) {
    expect(typeof message).toBe('string');
    expect(message).not.toMatch(/undefined is|NaN is no|\[object/);
    if (rule === 'invalid-input') continue;
    for (const field of fields) expect(names.has(field)).toBe(true);
    for (const { changes } of fixes ?? [])
      for (const { field } of changes) expect(names.has(field)).toBe(true);
  }
}

// One checker is asked everything, so that what one answer spoils would show in the next.
describe('whatever stands for options', () => {
  afterEach(() => {
    expect(checker.check(dsfp8, 'b200')).toEqual(known);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(ownOfObject);
  });

  it(
    'gets a sound result, the same one twice, and no fix that leaves its error',
    () => {
      fc.assert(
        fc.property(plainOptions, target, settings, (given, on, how) => {
          const options = given as BatchedGemmOptions;
          const result = checker.check(options, on, how);
          expectSound(result);
          expect(checker.check(options, on, how)).toEqual(result);
          for (const { rule, fixes } of result.diagnostics)
            for (const fix of fixes ?? []) {
              const { diagnostics } = checker.check(applyFix(options, fix), on, {
                ...how,
                stopAtFirst: false,
              });
              expect(diagnostics.map((found) => found.rule)).not.toContain(rule);
            }
        }),
        fuzzing(150),
      );
    },
    fuzzTimeoutMs,
  );

  it(
    'is fixed, or left, with no more errors than before',
    () => {
      fc.assert(
        fc.property(plainOptions, target, fc.boolean(), (given, on, fixProblem) => {
          const options = given as BatchedGemmOptions;
          const before = checker
            .check(options, on)
            .diagnostics.filter(({ severity }) => severity === 'error');
          const { result, applied, unfixed } = applyFixes(checker, options, on, { fixProblem });
          expectSound(result);
          const after = result.diagnostics.filter(({ severity }) => severity === 'error');
          expect(after.length).toBeLessThanOrEqual(before.length - (applied.length > 0 ? 1 : 0));
          expect(unfixed.map(({ rule }) => rule)).toEqual(after.map(({ rule }) => rule));
        }),
        fuzzing(80),
      );
    },
    fuzzTimeoutMs,
  );

  it(
    'gets a result though it throws, or answers each time anew',
    () => {
      fc.assert(
        fc.property(liveOptions, target, settings, (make, on, how) => {
          const given = make() as BatchedGemmOptions;
          const { ok, diagnostics } = checker.check(given, on, how);
          expect(ok).toBe(diagnostics.every(({ severity }) => severity !== 'error'));
          applyFixes(checker, given, on);
        }),
        fuzzing(150),
      );
    },
    fuzzTimeoutMs,
  );
});
