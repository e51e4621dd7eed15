import {
  type Checker,
  checkMany,
  createCheckerSync,
  loadOptions,
  type PackedOptions,
} from '@gemm-preflight/checker-wasm';
import { optionRecordSlots, ruleCatalog, type Target, targets } from '@gemm-preflight/types';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { rawRecord, rawSlot } from '../arbitraries.js';
import { dsfp8 } from '../configurations.js';
import { anyValue } from './hostile.js';
import { fuzzing, fuzzTimeoutMs } from './runs.js';

const checker = createCheckerSync();
const known = createCheckerSync().check(dsfp8, 'b200');
const words = fc.array(rawSlot, { maxLength: 40 }).map((pool) => Int32Array.from(pool));

/** What the checker says, asked at once and by what it loads, or the error that the caller made. */
function answer(of: Checker, packed: unknown, target: unknown = 'b200'): unknown {
  try {
    const loaded = loadOptions(of, packed as PackedOptions);
    const verdicts = checkMany(of, packed as PackedOptions, target as Target);
    expect(loaded.check(target as Target)).toEqual(verdicts);
    return verdicts;
  } catch (error) {
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    return String(error);
  }
}

describe('whatever stands in packed records', () => {
  afterEach(() => {
    expect(checker.check(dsfp8, 'b200')).toEqual(known);
  });

  it(
    'gets a verdict each, the same from a checker that has seen others before',
    () => {
      fc.assert(
        fc.property(fc.array(rawRecord, { maxLength: 20 }), words, (records, pool) => {
          const packed = { count: records.length, records: Int32Array.from(records.flat()), pool };
          const { valid, firstErrors } = checkMany(checker, packed, 'b200');
          expect(firstErrors.length).toBe(packed.count);
          for (const rule of firstErrors) expect(rule === -1 || ruleCatalog[rule] !== undefined).toBe(true);
          expect(valid).toBe(firstErrors.filter((rule) => rule < 0).length);
          expect(checkMany(createCheckerSync(), packed, 'b200')).toEqual({ valid, firstErrors });
          const loaded = loadOptions(checker, packed);
          for (const target of ['h100', 'b200'] as const) {
            const verdicts = loaded.check(target);
            expect(checkMany(checker, packed, target)).toEqual(verdicts);
            expect(loaded.check(target)).toEqual(verdicts);
          }
        }),
        fuzzing(100),
      );
    },
    fuzzTimeoutMs,
  );

  it(
    'is refused in a line where its parts do not belong together',
    () => {
      const part = fc.oneof(anyValue, words, fc.constantFrom(new Float64Array(55), new Uint8Array(220)));
      const count = fc.oneof(fc.constantFrom(-1, 0, 1, 2 ** 31, 2 ** 32, 1e300, Number.NaN, 0.5), anyValue);
      fc.assert(
        fc.property(count, part, part, (count, records, pool) => {
          const packed = { count, records, pool };
          expect(answer(checker, packed)).toEqual(answer(createCheckerSync(), packed));
        }),
        fuzzing(150),
      );
    },
    fuzzTimeoutMs,
  );

  it(
    'is refused in a line where the target is none',
    () => {
      const empty = { count: 0, records: new Int32Array(0), pool: new Int32Array(2) };
      const bent = fc
        .tuple(fc.constantFrom('smVersion', 'numSms', 'sharedMemPerBlockOptin'), anyValue)
        .map(([name, value]) => ({ ...targets.b200, [name]: value }));
      fc.assert(
        fc.property(fc.oneof(bent, anyValue), (target) => {
          answer(checker, empty, target);
        }),
        fuzzing(100),
      );
    },
    fuzzTimeoutMs,
  );
});

describe('packed options', () => {
  const record = new Int32Array(optionRecordSlots);

  it.each<[string, object, string]>([
    ['a count that is none', { count: 0.5 }, 'these are no packed options'],
    ['a list for a count', { count: [1] }, 'these are no packed options'],
    ['a count below zero', { count: -1 }, 'these are no packed options'],
    ['a count beyond the records', { count: 2 }, 'these are no packed options'],
    ['records of another type', { records: new Float32Array(record) }, 'make them with packOptions'],
    ['a pool of another type', { pool: [0, 0] }, 'make them with packOptions'],
  ])('with %s are refused', (_, part, message) => {
    const packed = { count: 1, records: record, pool: new Int32Array(2), ...part } as PackedOptions;
    expect(() => checkMany(checker, packed, 'b200')).toThrow(message);
  });

  it('cannot point into the lists of an earlier check', () => {
    const used = createCheckerSync();
    const lists = new Int32Array(2000).fill(7);
    checkMany(used, { count: 0, records: new Int32Array(0), pool: lists }, 'b200');
    const beyond = Int32Array.from(record, () => 1500);
    const packed = { count: 1, records: beyond, pool: new Int32Array(2) };
    expect(checkMany(used, packed, 'b200')).toEqual(checkMany(createCheckerSync(), packed, 'b200'));
  });
});

describe('a target', () => {
  it('without its numbers is refused', () => {
    const { smVersion: _, ...rest } = targets.b200;
    expect(() => checker.check(dsfp8, rest as Target)).toThrow(
      "the target's smVersion is undefined; it must be a whole number",
    );
  });
});
