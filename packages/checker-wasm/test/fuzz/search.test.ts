import {
  createCheckerSync,
  explainSearch,
  type SearchSettings,
  type SearchSpace,
  search,
  searchSize,
} from '@gemm-preflight/checker-wasm';
import { optionNames, ruleCatalog } from '@gemm-preflight/types';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { dsfp8, fp8 } from '../configurations.js';
import { spacesNearValid } from '../search/spaces.js';
import { anyValue, liveOptions } from './hostile.js';
import { fuzzing, fuzzTimeoutMs } from './runs.js';

const checker = createCheckerSync();
const known = createCheckerSync().check(dsfp8, 'b200');
const ownOfObject = Object.getOwnPropertyNames(Object.prototype);
const ruleNames: ReadonlySet<string> = new Set(ruleCatalog.map(({ name }) => name));

/** What is returned, or the line with which the caller is told of an error. */
function answer<T>(ask: () => T): T | string {
  try {
    return ask();
  } catch (error) {
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    const { message } = error as Error;
    expect(message).toMatch(/^[^\n]{1,1500}$/);
    expect(message).not.toMatch(/\[object|Cannot read prop|is not (a function|iterable)/);
    return message;
  }
}

/** A setting that ends a search after so many pauses: nobody waits for millions of configurations. */
function endingAfter(pauses: number): SearchSettings {
  let left = pauses;
  return { onProgress: () => --left > 0 };
}

/** Searches, and holds the result against itself. */
function searchSoundly(space: SearchSpace, settings: SearchSettings = {}): void {
  const result = answer(() => search(checker, space, 'b200', { ...endingAfter(3), ...settings }));
  if (typeof result === 'string') return;
  const { total, decided, valid, refused, configurations, explanation } = result;
  expect(decided).toBeLessThanOrEqual(total);
  expect(Object.values(refused).reduce((sum, count) => sum + count, valid)).toBe(decided);
  for (const rule of Object.keys(refused)) expect(ruleNames.has(rule)).toBe(true);
  expect(configurations.length).toBeLessThanOrEqual(Math.min(valid, settings.limit ?? 1000));
  for (const options of configurations.slice(0, 3)) {
    expect(checker.check(options, 'b200', settings).ok).toBe(true);
  }
  if (explanation === undefined) return;
  expect(explanation.message).toMatch(/^no configuration is valid[^\n]+$/);
  expect(explanation.message).not.toMatch(/undefined is|NaN is no|\[object/);
  const { nearest } = explanation;
  if (nearest !== undefined) expect(checker.check(nearest.options, 'b200', settings).ok).toBe(true);
}

const members = fc.array(fc.tuple(fc.constantFrom(...optionNames, '__proto__', 'tilem'), anyValue), {
  minLength: 1,
  maxLength: 3,
});

// One checker is asked everything, so that what one answer spoils would show in the next.
describe('whatever stands for a space', () => {
  afterEach(() => {
    expect(checker.check(dsfp8, 'b200')).toEqual(known);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(ownOfObject);
  });

  it(
    'is counted soundly, and explained where nothing is valid',
    () => {
      const flags = fc.record({ onlyRuleSet: fc.boolean(), limit: fc.nat(2000) });
      fc.assert(
        fc.property(spacesNearValid, flags, (space, settings) => searchSoundly(space, settings)),
        fuzzing(60),
      );
    },
    fuzzTimeoutMs,
  );

  it(
    'is searched or refused in a line, values of any kind among its own',
    () => {
      const bent = fc.tuple(spacesNearValid, members, fc.boolean()).map(([space, own, inLists]) => {
        const given = own.map(([name, value]) => [name, inLists ? [value, value, 64] : value] as const);
        return Object.defineProperties(
          { ...space },
          Object.fromEntries(given.map(([name, value]) => [name, { value, enumerable: true }])),
        );
      });
      fc.assert(
        fc.property(fc.oneof({ weight: 9, arbitrary: bent }, anyValue), (given) => {
          const space = given as SearchSpace;
          searchSoundly(space);
          answer(() => searchSize(space));
        }),
        fuzzing(100),
      );
    },
    fuzzTimeoutMs,
  );

  it(
    'is searched or refused in a line though it throws, or answers each time anew',
    () => {
      fc.assert(
        fc.property(liveOptions, (make) => searchSoundly(make() as SearchSpace)),
        fuzzing(60),
      );
    },
    fuzzTimeoutMs,
  );
});

describe('whatever stands for settings of a search', () => {
  it(
    'is taken or refused in a line, and never makes a search stand still',
    () => {
      const space: SearchSpace = { ...fp8, numStages: [2, 3, 4], tileN: [8, 16] };
      const position = fc.oneof(fc.integer({ min: -1, max: 7 }), anyValue);
      const settings = fc.record(
        {
          limit: fc.oneof(fc.double({ min: -2, max: 8 }), fc.nat(8), anyValue),
          range: fc.oneof(fc.tuple(position, position), anyValue),
          ruleSet: fc.constantFrom(undefined, 'trtllm-gen@2025-03', 'trtllm-gen@1', '', null, 7),
          onlyRuleSet: fc.oneof(fc.boolean(), anyValue),
        },
        { requiredKeys: [] },
      );
      fc.assert(
        fc.property(settings, (given) => {
          let last = -1;
          const onProgress = (decided: number) => {
            expect(decided).toBeGreaterThan(last);
            last = decided;
          };
          answer(() => search(checker, space, 'b200', { ...given, onProgress } as SearchSettings));
          answer(() => explainSearch(checker, space, 'b200', given as SearchSettings));
        }),
        fuzzing(150),
      );
    },
    fuzzTimeoutMs,
  );
});
