import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type OptionField, type OptionName, optionFields, ruleSetNames } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepFrom } from '../src/form/steps.js';
import { unreadReason } from '../src/form/unread.js';
import { faultOfText, longestList, readText, textOf } from '../src/form/values.js';
import { asOptions, firstOptions, type GivenOptions } from '../src/state/options.js';

describe('a text in the form', () => {
  it('is a list with brackets and without', () => {
    for (const text of ['3, 0, 8', '3 0 8', '[3,0,8]', ' [ 3, 0, 8 ] ', '[3, 0, 8'])
      expect(readText('intList', text), text).toEqual([3, 0, 8]);
    for (const text of ['', '[]', '[ ]', '[']) expect(readText('intList', text), text).toEqual([]);
    expect(readText('intList', '[2x3, 1]')).toEqual([2, 2, 2, 1]);
  });

  it('that is no list stays text', () => {
    for (const text of ['3]', '[[3]]', '3, many', '4x', '4x-1'])
      expect(readText('intList', text), text).toBe(text);
  });

  it('reads lists as the page writes them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: longestList }), (list) => {
        expect(readText('intList', textOf(list))).toEqual(list);
        expect(readText('intList', JSON.stringify(list))).toEqual(list);
      }),
    );
  });

  it('is not written out to more numbers than a list holds', () => {
    for (const text of ['4x9999', '4x9999 '.repeat(40), '1x99999999999999999999', '1x1024 1']) {
      expect(readText('intList', text)).toBe(text.trim());
      expect(faultOfText('intList', text)).toBe('these are more than 1,024 numbers');
    }
    expect(readText('intList', '1x1024')).toHaveLength(1024);
  });

  it('that is too large a number is not infinity', () => {
    for (const text of ['1e400', '-1e999']) {
      expect(readText('int', text)).toBe(text);
      expect(faultOfText('int', text)).toBe(`${text} is too large a number`);
      expect(faultOfText('intList', `1, ${text}`)).toBe(`${text} is too large a number`);
    }
    expect(readText('int', '1e3')).toBe(1000);
    expect(faultOfText('int', 'many')).toBeUndefined();
    expect(faultOfText('int', 1e300)).toBeUndefined();
  });
});

describe('steps', () => {
  const field = (name: OptionName): OptionField => {
    const found = optionFields.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no option ${name}`);
    return found;
  };
  const stepped = (name: OptionName, from: number, up: boolean, times = 40) =>
    Array.from({ length: times }).reduce<number>((value) => stepFrom(field(name), value, up), from);

  it.each<[OptionName, number, number]>([
    ['tileM', 8, 256],
    ['tileN', 8, 256],
    ['tileK', 16, 512],
    ['epilogueTileN', 8, 256],
    ['mmaM', 64, 128],
    ['mmaN', 8, 256],
    ['mmaK', 8, 64],
    ['clusterDimX', 1, 16],
    ['clusterDimZ', 1, 16],
    ['numSlicesForSplitK', 1, 16],
    ['projGateNumSplitKSlices', 1, 16],
    ['numStages', 1, 32],
  ])('of %s end at %i and %i', (name, smallest, largest) => {
    expect(stepped(name, 64, false)).toBe(smallest);
    expect(stepped(name, smallest, true)).toBe(largest);
  });

  it('of sizes are multiples of 128 within 32 bits', () => {
    expect(stepFrom(field('m'), 7168, true)).toBe(7296);
    expect(stepFrom(field('m'), 7200, false)).toBe(7168);
    expect(stepFrom(field('k'), 100, false)).toBe(100);
    expect(stepFrom(field('n'), 2 ** 31 - 129, true)).toBe(2 ** 31 - 128);
    expect(stepFrom(field('n'), 2 ** 31 - 128, true)).toBe(2 ** 31 - 128);
  });

  it('go by 8 in mmaN and by powers of two in tiles', () => {
    expect(stepFrom(field('mmaN'), 64, true)).toBe(72);
    expect(stepFrom(field('tileM'), 96, true)).toBe(128);
    expect(stepFrom(field('tileM'), 96, false)).toBe(64);
  });

  it('never go the other way, wherever a typed value is', () => {
    const ints = optionFields.filter(({ kind }) => kind === 'int');
    fc.assert(
      fc.property(fc.constantFrom(...ints), fc.integer(), fc.boolean(), (one, value, up) => {
        const next = stepFrom(one, value, up);
        expect(Number.isSafeInteger(next)).toBe(true);
        expect(up ? next >= value : next <= value).toBe(true);
      }),
    );
  });
});

describe('an option that is marked as not read', () => {
  const checker = createCheckerSync();
  const batchN: GivenOptions = { ...firstOptions, atol: 0.1, rtol: 0.1 };
  const batchM: GivenOptions = {
    ...batchN,
    batchM: true,
    transposeMmaOutput: false,
    batchedM: batchN['batchedN'],
    batchedN: [],
    n: 7168,
    m: 64,
  };
  const marked = (options: GivenOptions) =>
    optionFields.filter(({ name }) => unreadReason(name, options) !== undefined).map(({ name }) => name);

  it('is the size and list along which no tokens run, and what follows from the other list', () => {
    expect(marked(batchN).toSorted()).toEqual(['batchedM', 'n', 'numBatches', 'numTokens']);
    expect(marked(batchM).toSorted()).toEqual(['batchedN', 'm', 'numBatches', 'numTokens']);
    expect(marked({ ...batchN, routeAct: true })).not.toContain('numTokens');
  });

  it('changes nothing that a check says, but the note that it was replaced', () => {
    for (const options of [batchN, batchM]) {
      for (const ruleSet of ruleSetNames) {
        const say = (given: GivenOptions) => {
          const { diagnostics, launch, sharedMemory } = checker.check(asOptions(given), 'h100', { ruleSet });
          const rest = diagnostics.filter(({ rule }) => rule !== 'num-batches');
          return { rest, launch, sharedMemory };
        };
        const before = say(options);
        for (const name of marked(options)) {
          for (const value of name.startsWith('batched') ? [[], [5, 9]] : [1, 7, 100, 2 ** 31 - 1])
            expect(say({ ...options, [name]: value }), `${name} ${value}`).toEqual(before);
        }
      }
    }
  });
});
