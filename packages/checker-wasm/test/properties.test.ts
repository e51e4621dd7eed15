import {
  checkMany,
  createCheckerSync,
  moduleBytes,
  packOptions,
  verdictRule,
} from '@gemm-preflight/checker-wasm';
import {
  allReduceAlgos,
  type BatchedGemmOptions,
  type CheckResult,
  type Diagnostic,
  diagnosticRecord,
  dtypeNames,
  maxDiagnostics,
  optionRecordBytes,
  optionRecordSlots,
  resultRecord,
  ruleCatalog,
  ruleSetNames,
  ruleSets,
  settingBits,
  slotOf,
  splitKModes,
  targetNames,
  targetRecord,
} from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsNearValid, rawRecord, rawSlot, validOptions } from './arbitraries.js';
import { configurations, dsmemSplit, errorsOf, fp4 } from './configurations.js';
import { goldenCases, targetOf } from './golden-cases.js';
import { referenceGrid, referenceSharedMemory } from './reference.js';

const checker = createCheckerSync();
const target = fc.constantFrom(...targetNames);
const severityOf = new Map(ruleCatalog.map(({ name, severity }) => [name, severity]));

describe('no record traps the module', () => {
  const golden = packOptions(goldenCases.map(({ options }) => options));
  /** A record of a golden case with some slots overwritten: it gets past the first rules. */
  const nearGolden = fc
    .tuple(
      fc.nat(golden.count - 1),
      fc.array(fc.tuple(fc.nat(optionRecordSlots - 1), rawSlot), { maxLength: 6 }),
    )
    .map(([index, overwritten]) => {
      const record = golden.records.slice(index * optionRecordSlots, (index + 1) * optionRecordSlots);
      for (const [slot, value] of overwritten) record[slot] = value;
      return Array.from(record);
    });
  const records = fc.array(fc.oneof(nearGolden, nearGolden, nearGolden, rawRecord), {
    minLength: 1,
    maxLength: 20,
  });

  it('of many: each has a rule, or none', () => {
    fc.assert(
      fc.property(records, target, fc.boolean(), (many, on, onlyRuleSet) => {
        const packed = { count: many.length, records: Int32Array.from(many.flat()), pool: golden.pool };
        const { valid, firstErrors } = checkMany(checker, packed, on, { onlyRuleSet });
        expect(firstErrors.length).toBe(many.length);
        expect(valid).toBe(firstErrors.filter((id) => id === -1).length);
        for (const id of firstErrors) {
          if (id !== -1) expect(severityOf.get(verdictRule(id) ?? '')).toBe('error');
        }
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ['dtypeElt', dtypeNames.length],
    ['dtypeC', dtypeNames.length],
    ['dtypeAcc', dtypeNames.length],
    ['allReduceAlgo', allReduceAlgos.length],
    ['splitK', splitKModes.length],
  ] as const)('that names no %s: it is invalid input', (name, known) => {
    const { pool, records: good } = packOptions([dsmemSplit]);
    for (const value of [-1, known, 2 ** 31 - 1, -(2 ** 31)]) {
      const records = good.with(slotOf(name), value);
      const { firstErrors } = checkMany(checker, { count: 1, records, pool }, 'b200');
      expect(Array.from(firstErrors, verdictRule)).toEqual(['invalid-input']);
    }
  });

  it.each(['batchedM', 'batchedN'] as const)(
    'that has %s outside of the pool: it is invalid input',
    (name) => {
      const { pool, records: good } = packOptions([dsmemSplit]);
      const far = 2 ** 31 - 1;
      for (const [start, count] of [
        [-1, 1],
        [0, -1],
        [far, 1],
        [1, far],
        [far, far],
        [0, 100_000],
      ] as const) {
        const records = good.with(slotOf(name), start).with(slotOf(name) + 1, count);
        const { firstErrors } = checkMany(createCheckerSync(), { count: 1, records, pool }, 'b200');
        expect(Array.from(firstErrors, verdictRule)).toEqual(['invalid-input']);
      }
    },
  );

  describe('with the module itself', () => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
    const module = exports as unknown as {
      readonly memory: WebAssembly.Memory;
      readonly OPTIONS: WebAssembly.Global<'i32'>;
      readonly TARGET: WebAssembly.Global<'i32'>;
      readonly RESULT: WebAssembly.Global<'i32'>;
      readonly HEAP: WebAssembly.Global<'i32'>;
      setListPool(address: number, length: number): number;
      check(settings: number): number;
    };
    module.memory.grow(4);
    const i32 = new Int32Array(module.memory.buffer);
    const poolLength = 1024;
    // Batch sizes of every kind, for lists to point at.
    const pool = fc.sample(rawSlot, { numRuns: poolLength, seed: 1 });

    it('any options, for any target and settings', () => {
      const slots = fc.array(rawSlot, { minLength: targetRecord.length, maxLength: targetRecord.length });
      fc.assert(
        fc.property(fc.oneof(nearGolden, rawRecord), slots, rawSlot, (record, ofTarget, settings) => {
          i32.set(pool, module.HEAP.value / 4);
          expect(module.setListPool(module.HEAP.value, poolLength)).toBe(1);
          i32.set(record, module.OPTIONS.value / 4);
          i32.set(ofTarget, module.TARGET.value / 4);
          const first = module.check(settings);

          const result = i32.subarray(module.RESULT.value / 4);
          const numDiagnostics = result[resultRecord.numDiagnostics] ?? -1;
          const numErrors = result[resultRecord.numErrors] ?? -1;
          expect(numDiagnostics).toBeLessThanOrEqual(maxDiagnostics);
          const errors: number[] = [];
          for (let i = 0; i < numDiagnostics; i++) {
            const at = resultRecord.diagnostics + i * diagnosticRecord.slots;
            const rule = result[at + diagnosticRecord.rule] ?? -1;
            expect(ruleCatalog[rule]).toBeDefined();
            if (ruleCatalog[rule]?.severity === 'error') errors.push(rule);
            expect(result[at + diagnosticRecord.numChanges]).toBeLessThanOrEqual(diagnosticRecord.maxChanges);
          }
          expect(errors.length).toBe(numErrors);
          expect(errors[0] ?? -1).toBe(first);
          if (settings & settingBits.stopAtFirst) expect(numErrors).toBeLessThanOrEqual(1);
        }),
        { numRuns: 10_000 },
      );
    });

    it('any place for the list pool: it is taken or refused', () => {
      const bytes = module.memory.buffer.byteLength;
      fc.assert(
        fc.property(rawSlot, rawSlot, (address, length) => {
          const [from, entries] = [address >>> 0, length];
          const fits = entries >= 2 && from >= module.HEAP.value && from + (entries >>> 0) * 4 <= bytes;
          expect(module.setListPool(address, length)).toBe(fits ? 1 : 0);
        }),
        { numRuns: 2000 },
      );
    });

    it('records as long as the vocabulary says', () => {
      expect(module.TARGET.value - module.OPTIONS.value).toBeGreaterThanOrEqual(optionRecordBytes);
    });
  });
});

describe('no input makes a check throw', () => {
  /** Any value of JavaScript that a program might pass on. */
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
  });
  const json = fc.jsonValue();
  const name = fc.constantFrom(
    ...Object.keys(configurations['fp8'] ?? {}),
    'atol',
    'rtol',
    'length',
    'toString',
  );

  function expectAnswer(result: CheckResult) {
    const bad = result.diagnostics.filter(({ rule }) => rule === 'invalid-input');
    if (result.sharedMemory === null && result.launch === null) expect(result.diagnostics).not.toEqual([]);
    if (bad.length > 0) expect(result.diagnostics).toEqual(bad);
    expect(result.ok).toBe(errorsOf(result).length === 0);
    for (const { message } of result.diagnostics) expect(message).toMatch(/^[^\n\r]+$/);
  }

  it.each([
    ['objects', fc.object()],
    ['JSON', json],
    ['anything', anything],
  ])('for %s instead of options', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const result = checker.check(value as BatchedGemmOptions, 'b200');
        expect(result.ok).toBe(false);
        expect(result.diagnostics.length).toBeGreaterThan(0);
        expectAnswer(result);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['JSON', json],
    ['anything', anything],
  ])('for %s in some of the options', (_, arbitrary) => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(configurations)),
        fc.dictionary(name, arbitrary, { maxKeys: 4 }),
        (options, changes) => expectAnswer(checker.check({ ...options, ...changes }, 'h100')),
      ),
      { numRuns: 1500 },
    );
  });

  it('for values of the right types, whatever they are', () => {
    fc.assert(
      fc.property(optionsNearValid, target, (options, on) => {
        const result = checker.check(options, on);
        expect(result.diagnostics.map(({ rule }) => rule)).not.toContain('invalid-input');
        expectAnswer(result);
        for (const { message } of result.diagnostics) {
          expect(message).not.toMatch(/undefined|NaN|Infinity|\[object/);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a check that stops at the first error and one that goes on', () => {
  /**
   * A whole check leaves out what only follows from an m or n that is no size: that no tile divides it, which the
   * original says of FP4 output before it looks at the sizes themselves.
   */
  function onlyFollows(first: Diagnostic | undefined, { m, n }: BatchedGemmOptions): boolean {
    return (first?.rule === 'fp4-output-m' && m < 1) || (first?.rule === 'fp4-output-n' && n < 1);
  }

  function expectRelated(options: BatchedGemmOptions, on: (typeof targetNames)[number]) {
    const stopped = checker.check(options, on, { stopAtFirst: true });
    const whole = checker.check(options, on);
    expect(stopped.ok).toBe(whole.ok);
    expect(errorsOf(stopped).length).toBe(stopped.ok ? 0 : 1);
    const first = stopped.ok ? undefined : stopped.diagnostics.at(-1);
    if (onlyFollows(first, options)) {
      expect(errorsOf(whole)).toContain('problem-size-positive');
      expect(errorsOf(whole)).not.toContain(first?.rule);
    } else {
      expect(stopped.diagnostics).toEqual(whole.diagnostics.slice(0, stopped.diagnostics.length));
    }
    if (stopped.ok) expect(stopped).toEqual(whole);
  }

  it('say the same until then, of every golden case on either GPU', () => {
    for (const { options } of goldenCases) {
      expectRelated(options, 'b200');
      expectRelated(options, 'h100');
    }
  });

  it('say the same until then, whatever the options', () => {
    fc.assert(
      fc.property(fc.oneof(optionsNearValid, validOptions), target, (options, on) =>
        expectRelated(options, on),
      ),
      { numRuns: 3000 },
    );
  });
});

describe('a check', () => {
  it('reports no error twice', () => {
    fc.assert(
      fc.property(optionsNearValid, target, (options, on) => {
        const errors = errorsOf(checker.check(options, on));
        expect(errors).toEqual([...new Set(errors)]);
      }),
      { numRuns: 3000 },
    );
  });

  it('without the device’s and the launch’s limits says the rest', () => {
    const around = new Set(
      ruleCatalog.filter(({ group }) => group === 'device' || group === 'launch').map(({ name }) => name),
    );
    fc.assert(
      fc.property(optionsNearValid, target, (options, on) => {
        const whole = checker.check(options, on);
        const part = checker.check(options, on, { onlyRuleSet: true });
        expect(part.diagnostics).toEqual(whole.diagnostics.filter(({ rule }) => !around.has(rule)));
        expect([part.options, part.sharedMemory, part.launch]).toEqual([
          whole.options,
          whole.sharedMemory,
          whole.launch,
        ]);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives the options that its changes lead to, and leaves those given alone', () => {
    fc.assert(
      fc.property(optionsNearValid, target, (options, on) => {
        const before = structuredClone(options);
        const result = checker.check(options, on);
        expect(options).toEqual(before);
        const replayed: Record<string, unknown> = { ...before };
        for (const { changes = [] } of result.diagnostics) {
          for (const { field, from, to } of changes) {
            expect(replayed[field]).toEqual(from);
            replayed[field] = to;
          }
        }
        expect(result.options).toEqual(replayed);
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on what was checked before', () => {
    const module = new WebAssembly.Module(moduleBytes());
    const settings = fc.record({ stopAtFirst: fc.boolean(), onlyRuleSet: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.tuple(optionsNearValid, target, settings), { maxLength: 5 }), (checks) => {
        const one = createCheckerSync(module);
        for (const [options, on, how] of checks) {
          expect(one.check(options, on, how)).toEqual(createCheckerSync(module).check(options, on, how));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of many has the first errors of single ones', () => {
    fc.assert(
      fc.property(
        fc.array(optionsNearValid, { maxLength: 10 }),
        target,
        fc.boolean(),
        (many, on, onlyRuleSet) => {
          const { valid, firstErrors } = checkMany(checker, packOptions(many), on, { onlyRuleSet });
          const single = many.map((options) =>
            errorsOf(checker.check(options, on, { stopAtFirst: true, onlyRuleSet })).at(0),
          );
          expect(Array.from(firstErrors, verdictRule)).toEqual(single);
          expect(valid).toBe(single.filter((rule) => rule === undefined).length);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('adjusted options', () => {
  /** The output takes its type from FP4 inputs: in the original's order, after the rules of FP4 output. */
  function takesFp4FromInputs({ dtypeElt, dtypeC }: BatchedGemmOptions): boolean {
    return dtypeElt === 'E2m1' && dtypeC === 'Void';
  }

  function expectSettled(options: BatchedGemmOptions, on: (typeof targetNames)[number]) {
    const once = checker.check(options, on);
    if (!once.ok || takesFp4FromInputs(options)) return;
    const twice = checker.check(once.options, on);
    expect(twice.ok).toBe(true);
    // Reported on every Hopper GPU, also where nothing changes.
    expect(twice.diagnostics.filter(({ rule }) => rule !== 'hopper-epilogue-tile')).toEqual([]);
    for (const { changes } of twice.diagnostics) expect(changes).toEqual([]);
    expect(twice.options).toEqual(once.options);
    expect(twice.sharedMemory).toEqual(once.sharedMemory);
    expect(twice.launch).toEqual(once.launch);
  }

  it('meet the rules of FP4 output only in a second check, where the output took its type from the inputs', () => {
    const once = checker.check({ ...fp4, dtypeC: 'Void' }, 'b200');
    expect(errorsOf(once)).toEqual([]);
    expect(once.options.dtypeC).toBe('E2m1');
    expect(errorsOf(checker.check(once.options, 'b200'))).toEqual(['fp4-output-not-transposed']);
  });

  it('need no second adjustment, in every golden case', () => {
    for (const golden of goldenCases) expectSettled(golden.options, targetOf(golden));
  });

  it('need no second adjustment, whatever the options', () => {
    fc.assert(
      fc.property(fc.oneof(optionsNearValid, validOptions), target, (options, on) =>
        expectSettled(options, on),
      ),
      { numRuns: 3000 },
    );
  });
});

describe('shared memory and the grid', () => {
  /** Any configuration, with tiles of any size: they end at no round address. */
  const oddTiles = fc
    .tuple(validOptions, fc.integer({ min: 1, max: 128 }), fc.integer({ min: 1, max: 256 }))
    .map(([options, tileM, tileN]) => ({ ...options, tileM, tileN }));

  it('are those of the specification, for sizes that go together', () => {
    let valid = 0;
    fc.assert(
      fc.property(validOptions, target, (options, on) => {
        const result = checker.check(options, on, { onlyRuleSet: true });
        if (result.ok) valid++;
        expect(result.sharedMemory).toEqual(referenceSharedMemory(result.options));
        expect(result.launch?.grid).toEqual(referenceGrid(result.options));
      }),
      { numRuns: 3000 },
    );
    expect(valid).toBeGreaterThan(1000);
  });

  it.each(ruleSetNames)('are in TypeScript’s words what they are in the module, by %s', (ruleSet) => {
    fc.assert(
      fc.property(fc.oneof(optionsNearValid, oddTiles), target, (options, on) => {
        const { sharedMemory, options: o } = checker.check(options, on, { ruleSet });
        fc.pre(sharedMemory !== null);
        const { loadA, loadB, gmemC0, gmemC1, rowMax, c0OverStages, total } =
          ruleSets[ruleSet].sharedMemory(o);
        expect(total).toBe(sharedMemory?.total);
        expect(loadA).toBe(sharedMemory?.loadB);
        // Beyond, differences are rounded.
        if (!Number.isSafeInteger(total)) return;
        if (!c0OverStages)
          expect([loadB, gmemC0].reduce((sum, bytes) => sum + bytes, loadA)).toBe(sharedMemory?.gmemC1);
        expect(total - rowMax).toBe(sharedMemory?.rowMax);
        expect(total - rowMax - gmemC1).toBe(sharedMemory?.gmemC1);
      }),
      { numRuns: 2000 },
    );
  });

  it('are those of the specification for elements of less than a byte, too', () => {
    // 64 slices of 3·683 accumulators of 4 bits: 65568 bytes together, but 64·1024 if each slice is rounded down.
    const options = {
      ...dsmemSplit,
      ...{ tileM: 3, epilogueTileM: 3, mmaM: 1, m: 1536, tileN: 683, epilogueTileN: 683, mmaN: 1 },
      ...{ tileK: 32, numStages: 1, numSlicesForSplitK: 64, clusterDimZ: 64, dtypeAcc: 'E2m1' as const },
    };
    const result = checker.check(options, 'b200', { onlyRuleSet: true });
    expect(errorsOf(result)).toEqual([]);
    expect(result.sharedMemory).toEqual(referenceSharedMemory(result.options));
  });

  it('are known wherever their sizes are, be the configuration wrong otherwise', () => {
    fc.assert(
      fc.property(fc.oneof(optionsNearValid, oddTiles), target, (options, on) => {
        const { sharedMemory, launch, options: o } = checker.check(options, on);
        const sizes = [o.tileM, o.tileN, o.tileK, o.epilogueTileM, o.epilogueTileN, o.numStages];
        expect(sharedMemory !== null).toBe(Math.min(...sizes, o.numSlicesForSplitK) > 0);
        expect(launch !== null).toBe(Math.min(o.tileM, o.tileN, o.batchM ? o.n : o.m) > 0);
        if (sharedMemory !== null && sharedMemory.total < 2 ** 40) {
          expect(sharedMemory).toEqual(referenceSharedMemory(o));
        }
      }),
      { numRuns: 3000 },
    );
  });
});
