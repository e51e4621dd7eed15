import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  type OptionName,
  optionFields,
  ruleCatalog,
  targetNames,
} from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsNearValid, validOptions } from './arbitraries.js';
import { configurations, dsmemSplit, errorsOf, fp8 } from './configurations.js';
import { violations } from './rules/violations.js';

// What a rule says that it reads is what a search waits for and what its page tells.

const checker = createCheckerSync();

/** The options that each rule depends on: those that it reads, and what adjustments before it made them of. */
const dependencies: ReadonlyMap<string, ReadonlySet<OptionName>> = (() => {
  const made = new Map<OptionName, ReadonlySet<OptionName>>();
  return new Map(
    ruleCatalog.map(({ name, fields, rewrites = [] }) => {
      const reads = new Set(fields.flatMap((field) => [field, ...(made.get(field) ?? [])]));
      for (const field of rewrites) made.set(field, new Set([...(made.get(field) ?? []), ...reads]));
      return [name, reads];
    }),
  );
})();

const around = ruleCatalog.filter(({ group }) => group === 'device' || group === 'launch');

type On = (typeof targetNames)[number];

/** Holds every change of what the rules around the rule set say against what they list. */
function expectRead(
  options: BatchedGemmOptions,
  on: On,
  changes: readonly (readonly [OptionName, unknown])[],
) {
  const before = errorsOf(checker.check(options, on));
  for (const [field, value] of changes) {
    const after = errorsOf(checker.check({ ...options, [field]: value }, on));
    for (const { name } of around)
      if (before.includes(name) !== after.includes(name))
        expect(dependencies.get(name)?.has(field), `${name} reads ${field}`).toBe(true);
  }
}

describe('a rule of the device or the launch lists every option that it depends on', () => {
  it('whatever one of them is changed to', () => {
    const any = fc.oneof(optionsNearValid, validOptions);
    const field = fc.constantFrom(...optionFields.map(({ name }) => name));
    // The mode of a split k cannot be derived here, and must not say whether the epilogue tile is adjusted.
    const noCluster = { ...dsmemSplit, epilogueTileM: 2, clusterDimZ: 0, splitK: 'Dsmem' as const };
    fc.assert(
      fc.property(any, any, field, fc.constantFrom(...targetNames), (options, others, name, on) =>
        expectRead(options, on, [[name, others[name]]]),
      ),
      { numRuns: 5000, examples: [[noCluster, fp8, 'splitK', 'gb300']] },
    );
  });

  it('where one is broken, and something else changes', () => {
    const values = optionFields.flatMap(({ name, kind }) => {
      const distinct = new Set(Object.values(configurations).map((options) => options[name]));
      return [...distinct, ...(kind === 'int' ? [0] : [])].map((value) => [name, value] as const);
    });
    for (const { of, violatedBy, violatedOn = 'b200' } of violations)
      expectRead({ ...of, ...violatedBy }, violatedOn, values);
  });
});
