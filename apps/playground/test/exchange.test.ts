import { readFileSync } from 'node:fs';
import { optionShapes } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFiles } from '../src/exchange/brought.js';
import { readJson } from '../src/exchange/json-nodes.js';
import { readInput } from '../src/exchange/read-input.js';
import { readText, textOf } from '../src/form/values.js';
import { firstOptions } from '../src/state/options.js';

const root = new URL('../../../', import.meta.url);
const example = (name: string) => readFileSync(new URL(`examples/${name}`, root), 'utf8');

describe('JSON with places', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2), (json, indent) => {
        fc.pre(!json.includes('__proto__'));
        const text = JSON.stringify(JSON.parse(json), null, indent);
        expect(readJson(text)[0]?.value).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what JSON.parse refuses, with a place', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('', '"', ',', '}', 'x', '\\'), (json, seed, noise) => {
        const at = seed % (json.length + 1);
        const text = json.slice(0, at) + noise + json.slice(at + 1);
        let good = true;
        try {
          JSON.parse(text);
        } catch {
          good = false;
        }
        fc.pre(!good);
        let read: unknown;
        try {
          // Several values after each other are JSON lines, and no fault.
          read = readJson(text);
        } catch (error) {
          read = error;
        }
        if (read instanceof Error) expect(read.message).toMatch(/^line \d+, column \d+: [^\n]+$/);
        else expect((read as unknown[]).length).toBeGreaterThan(1);
      }),
    );
  });

  it.each([
    ['{\n  "tileM": 64,\n}', 'line 2, column 14: nothing follows this comma; JSON has none before "}"'],
    ['{"tileM": 64 "tileN": 8}', 'line 1, column 14: a comma or "}" was expected'],
    ["{'tileM': 64}", 'line 1, column 2: a name in double quotes was expected'],
    ['{"tileM": NaN}', 'line 1, column 11: NaN is no JSON value'],
    ['{"tileM":\u00a064}', 'line 1, column 10: the invisible character U+00A0 is no space of JSON'],
    ['\u200b{}', 'line 1, column 1: the invisible character U+200B is no space of JSON'],
    ['{"m": 1e999}', 'line 1, column 7: 1e999 is larger than any number that can be kept'],
    ['{"tileM": 064}', 'line 1, column 11: 064 is no JSON value'],
    ['{"tileM": ', 'line 1, column 11: the text ends where a value was expected'],
    ['{"tileM": 1, "tileM": 2}', 'line 1, column 14: "tileM" is given twice'],
    ['{"a": "b\n"}', 'line 1, column 7: this text has no closing quote'],
    ['  ', 'line 1, column 3: there is nothing to read'],
  ])('%j: %s', (text, message) => {
    expect(() => readJson(text)).toThrow(message);
  });

  it('is not walked into without end', () => {
    expect(() => readJson('['.repeat(100_000))).toThrow('nested more than 64 deep');
  });
});

describe('what comes in', () => {
  const required = optionShapes.filter(({ optional }) => !optional).length;

  it('is recognised: a case, options, lists, lines, problems, a catalog', () => {
    expect(readInput(example('check-b200-moe.json'))).toMatchObject({ kind: 'case', missing: 0 });
    expect(readInput(JSON.stringify(firstOptions))).toMatchObject({ kind: 'case', missing: 0 });
    expect(readInput('{"tileM": 64}')).toMatchObject({ kind: 'case', missing: required - 1 });
    const one = `{"target":"h100","options":${JSON.stringify(firstOptions)}}`;
    expect(readInput(`[${one},${one}]`)).toMatchObject({ kind: 'cases', cases: [{ target: 'h100' }, {}] });
    expect(readInput(`${one}\n${one}\n`)).toMatchObject({ kind: 'cases', cases: [{}, {}] });
    expect(readInput(example('qwen3-30b-a3b-moe.json'))).toMatchObject({ kind: 'problems', target: 'h100' });
    const catalog = readFileSync(new URL('packages/kernels/catalog/trtllm-gen-2025.json', root), 'utf8');
    expect(readInput(catalog)).toMatchObject({ kind: 'catalog', kernels: [{}, {}, {}, {}, {}] });
  });

  const problem = {
    batchM: false,
    transposeMmaOutput: true,
    m: 7168,
    n: 64,
    k: 2048,
    dtypeElt: 'E4m3',
    dtypeC: 'Bfloat16',
  };

  it('is recognised without what usually stands around it: a problem, problems, a kernel, kernels', () => {
    const json = JSON.stringify;
    const catalog = JSON.parse(
      readFileSync(new URL('packages/kernels/catalog/trtllm-gen-2025.json', root), 'utf8'),
    );
    const [kernel] = catalog.kernels;
    expect(readInput(json(problem))).toEqual({ kind: 'problems', problems: [problem] });
    expect(readInput(json([problem, problem]))).toMatchObject({ kind: 'problems', problems: [{}, {}] });
    expect(readInput(`${json(problem)}\n${json(problem)}`)).toMatchObject({ problems: [{}, {}] });
    expect(readInput(json(kernel))).toEqual({ kind: 'catalog', kernels: [kernel] });
    expect(readInput(json(catalog.kernels))).toEqual({ kind: 'catalog', kernels: catalog.kernels });
    // These are all names of options too, and not all that a problem needs.
    expect(readInput('{"m": 7168, "k": 2048}')).toMatchObject({ kind: 'case' });
  });

  it('keeps what a case says of itself', () => {
    const given = { target: 'h100', ruleSet: 'hopper-native@1', kernel: 'gemm', options: firstOptions };
    expect(readInput(JSON.stringify(given))).toMatchObject({ kind: 'case', case: given });
    expect(readInput(JSON.stringify([{ ...given, name: 'up' }]))).toEqual({
      kind: 'cases',
      cases: [{ ...given, label: 'up' }],
    });
  });

  it.each([
    ['[]', 'line 1, column 1: this is an empty list; there is no case to check'],
    ['{"tokensPerBatch": [1]}', /line 1, column 1: the value lacks batchM \(and \d more\)/],
    ['[{"tokensPerBatch": [1]}]', /line 1, column 2: problems\[0\] lacks batchM/],
    ['[{"options": {}, "ruleSet": "hopper"}]', /case 1\.ruleSet is "hopper", which is none of trtllm-gen/],
    ['[{"options": {}, "targt": "h100"}]', /case 1 has no "targt".*target/],
    ['[{"options": {}}, {"kernels": []}]', 'case 2 is no case: it looks like a catalog of kernels'],
    ['{"tileM": "64"}', 'line 1, column 11: tileM is "64", where a whole number is wanted'],
    ['{"tileM": 64, "tilN": 8}', /line 1, column 15: the value has no "tilN".*tileN/],
    ['{"dtypeC": "bf16"}', /line 1, column 12: dtypeC is "bf16", which is none of Bfloat16, /],
    ['{"options": {}, "target": "b100"}', /line 1, column 27: target is "b100", which is none of h100/],
    ['{"problems": []}', 'line 1, column 14: problems is an empty list'],
    ['{"problems": [{"m": 1}]}', /line 1, column 15: problems\[0\] lacks batchM \(and \d more\)/],
    ['{"kernels": [{"arch": "sm80"}]}', /column 14: kernels\[0\] lacks functionName/],
    ['{"name": "x"}', /this is no options, case/],
    ['[1]', 'a case is an object'],
    ['"tileM"', 'this is no options, case'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => readInput(text)).toThrow(message);
  });
});

describe('a file', () => {
  const file = (name: string, text: string) => new File([text], name);

  it('is read, the first of several, which is said', async () => {
    expect(await readFiles([file('a.json', '{}')])).toEqual({ text: '{}' });
    expect(await readFiles([file('a.json', '{}'), file('b.json', '[]')])).toEqual({
      text: '{}',
      note: 'Only the first of 2 files is read: a.json.',
    });
  });

  it('that is too large is refused before it is read', async () => {
    const large = Object.defineProperties(file('a.json', '{}'), {
      size: { value: 40_000_000 },
      text: { value: () => Promise.reject(new Error('it was read')) },
    });
    const { text, fault } = await readFiles([large]);
    expect([text, fault]).toEqual(['', 'a.json has more than 8 MiB, the most that this page reads']);
  });

  it('that is a folder, or empty, is said to be', async () => {
    const folder = Object.defineProperties(file('configs', ''), {
      text: { value: () => Promise.reject(new DOMException('no file', 'NotFoundError')) },
    });
    expect((await readFiles([folder])).fault).toMatch(/^configs cannot be read: it is a folder/);
    expect((await readFiles([file('a.json', ' ')])).fault).toBe('a.json is empty');
  });
});

describe('texts of a form', () => {
  it.each([
    ['int', '128', 128],
    ['int', ' 12e2 ', 1200],
    ['int', '', undefined],
    ['int', '12a', '12a'],
    ['int', '0x10', '0x10'],
    ['float', '1e-3', 0.001],
    ['intList', '3, 0 8;1', [3, 0, 8, 1]],
    ['intList', '4x3, 1', [4, 4, 4, 1]],
    ['intList', '', []],
    ['intList', '3, b', '3, b'],
  ] as const)('%s %j is %j', (kind, text, value) => {
    expect(readText(kind, text)).toEqual(value);
  });

  it('a value is read again from its text', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(readText('int', textOf(value))).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.nat()), (value) => {
        expect(readText('intList', textOf(value))).toEqual(value);
      }),
    );
  });
});
