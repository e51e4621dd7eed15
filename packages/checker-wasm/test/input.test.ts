import { checkMany, createCheckerSync, findInvalidInput, packOptions } from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  dtypeNames,
  optionFields,
  optionNames,
  schemas,
  type Target,
} from '@gemm-preflight/types';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configurations, dsfp8, fp8 } from './configurations.js';

const checker = createCheckerSync();
const int32 = 'a whole number from -2147483648 to 2147483647';
const dtypes = dtypeNames.join(', ');

/** Checks what need not be options. */
function check(value: unknown, from = checker) {
  return from.check(value as BatchedGemmOptions, 'b200');
}

/** fp8 with some options replaced by what need not be a value of theirs. */
function withValues(change: object): unknown {
  return { ...fp8, ...change };
}

function without(...names: readonly string[]): unknown {
  return Object.fromEntries(Object.entries(fp8).filter(([name]) => !names.includes(name)));
}

const messages = (value: unknown) => check(value).diagnostics.map(({ message }) => message);

describe('bad input', () => {
  it('is answered with the input, and nothing that is computed from it', () => {
    const options = withValues({ tileM: '128' });
    const result = check(options);
    expect(result).toEqual({
      ok: false,
      ruleSet: 'trtllm-gen@2025-03',
      diagnostics: [
        {
          rule: 'invalid-input',
          severity: 'error',
          message: `tileM is "128"; it must be ${int32}`,
          fields: ['tileM'],
        },
      ],
      options,
      sharedMemory: null,
      launch: null,
    });
    expect(result.options).toBe(options);
  });

  it('does not keep a checker from answering the next', () => {
    const mine = createCheckerSync();
    const good = mine.check(dsfp8, 'b200');
    check(withValues({ batchedN: [1, 2, 'three'] }), mine);
    check(without('k'), mine);
    expect(mine.check(dsfp8, 'b200')).toEqual(good);
  });
});

describe('a value of the wrong type is one line', () => {
  it.each<[string, object, string]>([
    // whole numbers
    ['a string for a number', { k: '2048' }, `k is "2048"; it must be ${int32}`],
    ['NaN', { m: Number.NaN }, `m is NaN; it must be ${int32}`],
    ['infinity', { m: Number.NEGATIVE_INFINITY }, `m is -Infinity; it must be ${int32}`],
    ['a fraction', { tileN: 7.5 }, `tileN is 7.5; it must be ${int32}`],
    ['2 ** 31', { n: 2 ** 31 }, `n is 2147483648; it must be ${int32}`],
    ['-(2 ** 31) - 1', { n: -(2 ** 31) - 1 }, `n is -2147483649; it must be ${int32}`],
    ['2 ** 32 + 1', { n: 2 ** 32 + 1 }, `n is 4294967297; it must be ${int32}`],
    ['null for a number', { numTokens: null }, `numTokens is null; it must be ${int32}`],
    ['a boolean for a number', { mmaK: true }, `mmaK is true; it must be ${int32}`],
    ['a list for a number', { tileK: [128] }, `tileK is a list of 1; it must be ${int32}`],
    ['a bigint', { tileK: 128n }, `tileK is 128; it must be ${int32}`],
    // booleans
    ['a number for a boolean', { batchM: 1 }, 'batchM is 1; it must be true or false'],
    ['a string for a boolean', { useTmaStore: 'false' }, 'useTmaStore is "false"; it must be true or false'],
    ['null for a boolean', { routeAct: null }, 'routeAct is null; it must be true or false'],
    // tolerances
    ['NaN for a tolerance', { atol: Number.NaN }, 'atol is NaN; it must be a finite number, or be left out'],
    ['null for a tolerance', { rtol: null }, 'rtol is null; it must be a finite number, or be left out'],
    ['a string for one', { atol: '1e-3' }, 'atol is "1e-3"; it must be a finite number, or be left out'],
    // lists
    ['a number for a list', { batchedN: 4 }, 'batchedN is 4; it must be a list of whole numbers'],
    ['null for a list', { batchedM: null }, 'batchedM is null; it must be a list of whole numbers'],
    ['a string for a list', { batchedN: '1,2' }, 'batchedN is "1,2"; it must be a list of whole numbers'],
    ['a string in a list', { batchedN: [1, '2', 3] }, `batchedN[1] is "2"; it must be ${int32}`],
    ['a fraction in a list', { batchedN: [1, 2, 2.5] }, `batchedN[2] is 2.5; it must be ${int32}`],
    ['null in a list', { batchedM: [null] }, `batchedM[0] is null; it must be ${int32}`],
    ['a hole in a list', { batchedN: new Array(2) }, `batchedN[0] is undefined; it must be ${int32}`],
    ['2 ** 31 in a list', { batchedN: [2 ** 31] }, `batchedN[0] is 2147483648; it must be ${int32}`],
    // choices
    [
      'an unknown dtype',
      { dtypeC: 'E4m4' },
      `dtypeC is "E4m4", which is none of ${dtypes}; did you mean "E4m3"?`,
    ],
    [
      'a dtype in the wrong case',
      { dtypeElt: 'e4m3' },
      `dtypeElt is "e4m3", which is none of ${dtypes}; did you mean "E4m3"?`,
    ],
    [
      'nothing like a dtype',
      { dtypeAcc: 'quaternion' },
      `dtypeAcc is "quaternion", which is none of ${dtypes}`,
    ],
    ['the number of a dtype', { dtypeElt: 6 }, `dtypeElt is 6, which is none of ${dtypes}`],
    [
      'an unknown all-reduce',
      { allReduceAlgo: 'OneShoot' },
      'allReduceAlgo is "OneShoot", which is none of None, OneShot, TwoShot; did you mean "OneShot"?',
    ],
    ['an unknown split', { splitK: 2 }, 'splitK is 2, which is none of None, Gmem, Dsmem'],
    [
      'a name of all objects',
      { splitK: 'toString' },
      'splitK is "toString", which is none of None, Gmem, Dsmem',
    ],
  ])('%s', (_, change, message) => {
    const { diagnostics } = check(withValues(change));
    expect(diagnostics).toEqual([
      { rule: 'invalid-input', severity: 'error', message, fields: Object.keys(change) },
    ]);
  });

  it('cut short where the value is long', () => {
    const [message = ''] = messages(withValues({ dtypeC: 'x'.repeat(10_000) }));
    expect(message).toContain(`dtypeC is "${'x'.repeat(56)}…`);
    expect(message.length).toBeLessThan(300);
  });

  it('with line breaks escaped', () => {
    expect(messages(withValues({ tileM: 'a\nb' }))).toEqual([`tileM is "a\\nb"; it must be ${int32}`]);
  });

  it('also for an object and for a long list, which are not walked into', () => {
    expect(messages(withValues({ tileM: { value: 128 } }))).toEqual([
      `tileM is an object; it must be ${int32}`,
    ]);
    expect(messages(withValues({ k: new Array(1_000_000).fill([]) }))).toEqual([
      `k is a list of 1000000; it must be ${int32}`,
    ]);
  });

  it('also for an object that cannot be made a string', () => {
    for (const value of [JSON.parse('{"toString": null, "valueOf": null}'), Object.create(null)]) {
      expect(messages(withValues({ tileM: value }))).toEqual([
        expect.stringMatching(/^tileM is .*; it must be /),
      ]);
      expect(messages(withValues({ batchedN: [value] }))).toHaveLength(1);
    }
  });

  it('also for a list of bigints', () => {
    expect(messages(withValues({ tileM: [1n] }))).toHaveLength(1);
  });

  it.each([
    { length: 3 },
    { length: 1e12 },
    { length: -5 },
    { length: 'many' },
    { length: null },
    { length: {} },
  ])('for %j, which is no list but has a length', (value) => {
    const mine = createCheckerSync();
    expect(check(withValues({ batchedN: value }), mine).diagnostics).toMatchObject([
      { rule: 'invalid-input', fields: ['batchedN'] },
    ]);
    expect(mine.check(fp8, 'b200').ok).toBe(true);
  });
});

describe('a missing option', () => {
  it.each(optionFields.filter(({ optional }) => !optional))('$name is named', ({ name }) => {
    const missing = { rule: 'invalid-input', severity: 'error', message: `missing: ${name}`, fields: [name] };
    expect(check(without(name)).diagnostics).toEqual([missing]);
    expect(check(withValues({ [name]: undefined })).diagnostics).toEqual([missing]);
  });

  it('may be atol or rtol', () => {
    expect(check(withValues({ atol: undefined, rtol: undefined })).ok).toBe(true);
    expect(check(withValues({ atol: 0.5 })).ok).toBe(true);
  });

  it('shares its line with others', () => {
    expect(messages(without('tileM', 'k', 'dtypeC'))).toEqual(['missing: tileM, k, dtypeC']);
  });
});

describe('an unknown option', () => {
  it.each([
    ['tilem', 'tileM'],
    ['tile_m', 'tileM'],
    ['epilogTileM', 'epilogueTileM'],
    ['transposeMMAOutput', 'transposeMmaOutput'],
    ['numStage', 'numStages'],
    ['K', 'k'],
  ])('%s is taken for a slip of %s', (given, meant) => {
    expect(messages(withValues({ [given]: 1 }))).toEqual([
      `there is no option "${given}"; did you mean "${meant}"?`,
    ]);
  });

  it.each(['warpSpecialization', 'x', '', '__proto__', 'constructor'])('%j is refused', (given) => {
    const options = JSON.parse(`{${JSON.stringify(given)}: 1, ${JSON.stringify(fp8).slice(1)}`);
    const { diagnostics } = check(options);
    expect(diagnostics).toMatchObject([{ rule: 'invalid-input', fields: [given] }]);
    expect(diagnostics[0]?.message).toContain(`there is no option "${given}"`);
  });

  it('is shown in one line', () => {
    for (const name of ['two\nlines', 'tab\tand\rreturn']) {
      expect(messages(withValues({ [name]: 1 }))).toEqual([
        expect.stringMatching(/^there is no option [^\n\r\t]*$/),
      ]);
    }
  });

  it('is cut short where its name is long', () => {
    const [message = ''] = messages(withValues({ ['very'.repeat(1000)]: 1 }));
    expect(message).toContain('there is no option "very');
    expect(message.length).toBeLessThan(300);
  });

  it('is refused where it is inherited, with a reason', () => {
    const options = Object.assign(Object.create({ tileL: 1 }), fp8);
    const { ok, diagnostics } = check(options);
    expect(ok).toBe(diagnostics.length === 0);
  });
});

describe('all that is wrong with input is reported', () => {
  it('first unknown, then missing, then mistyped options', () => {
    const options = {
      ...(without('m') as object),
      tilem: 128,
      tileN: 'eight',
      dtypeC: 'bf16',
      batchedN: [1.5],
    };
    const { diagnostics } = check(options);
    expect(diagnostics.map(({ fields }) => fields)).toEqual([
      ['tilem'],
      ['m'],
      ['tileN'],
      ['batchedN'],
      ['dtypeC'],
    ]);
  });

  it.each([
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a number', 5, '5'],
    ['a string', 'options', '"options"'],
    ['a list', [], 'a list of 0'],
    ['a boolean', true, 'true'],
  ])('of %s, that it is no object', (_, value, shown) => {
    expect(messages(value)).toEqual([
      `options are ${shown}; they must be an object such as {"tileM": 128, …}`,
    ]);
  });

  it('of an empty object, that everything is missing', () => {
    const required = optionNames.filter((name) => name !== 'atol' && name !== 'rtol');
    expect(messages({})).toEqual([`missing: ${required.join(', ')}`]);
  });
});

describe('findInvalidInput', () => {
  it('finds nothing wrong with good options', () => {
    for (const options of Object.values(configurations)) expect(findInvalidInput(options)).toEqual([]);
  });

  it('agrees with the JSON Schema of options, whatever the JSON', () => {
    const valid = new Ajv2020({ strict: true }).compile(schemas.options);
    const values = fc.oneof(
      fc.jsonValue(),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom('E4m3', 'None', 'Gmem'),
    );
    const names = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...optionNames) }, fc.string());
    const changes = fc.array(fc.tuple(names, fc.option(values, { nil: undefined })), { maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(configurations)), changes, (options, changed) => {
        const json = JSON.parse(JSON.stringify({ ...options, ...Object.fromEntries(changed) }));
        expect(findInvalidInput(json).length === 0).toBe(valid(json));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an unknown target or rule set', () => {
  it.each(['v100', 'B200', '', 'toString', undefined, null, 5])('is refused: target %j', (target) => {
    expect(() => checker.check(fp8, target as unknown as Target)).toThrow(RangeError);
    expect(() => checker.check(fp8, target as unknown as Target)).toThrow(
      /unknown target .*; known are h100, .*gb300$/,
    );
  });

  it('is refused: rule set', () => {
    const ruleSet = 'trtllm-gen@1999-12' as 'trtllm-gen@2025-03';
    const error = new RangeError(
      'unknown rule set "trtllm-gen@1999-12"; known are trtllm-gen@2025-03, hopper-native@1',
    );
    expect(() => checker.check(fp8, 'b200', { ruleSet })).toThrow(error);
    expect(() => checkMany(checker, packOptions([fp8]), 'b200', { ruleSet })).toThrow(error);
  });
});

describe('packOptions', () => {
  it('names the configuration that is no valid input, and what is wrong with it', () => {
    const bad = [fp8, withValues({ tileM: '128' }), withValues({ tileN: 1.5 })] as BatchedGemmOptions[];
    expect(() => packOptions(bad)).toThrow(
      new TypeError(`configuration 1: tileM is "128"; it must be ${int32}`),
    );
    expect(() => packOptions([fp8, dsfp8, withValues({ tilem: 1 }) as BatchedGemmOptions])).toThrow(
      new TypeError('configuration 2: there is no option "tilem"; did you mean "tileM"?'),
    );
  });

  it.each([null, undefined, 5, []])('says so of %j too', (value) => {
    expect(() => packOptions([fp8, value as unknown as BatchedGemmOptions])).toThrow(
      /^configuration 1: options are .*; they must be an object/,
    );
  });

  it('says so of what is no list but has a length', () => {
    const value = withValues({ batchedN: { length: 1e12 } }) as BatchedGemmOptions;
    expect(() => packOptions([value])).toThrow(/^configuration 0: batchedN is /);
  });
});
