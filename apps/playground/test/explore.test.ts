import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { ruleCatalog } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { axisFields, axisValues, mostValues, readWhole, usualAxis } from '../src/explore/axis.js';
import { legendOf, ofOthers, wasteColour, wasteEnds, wasteRange } from '../src/explore/colours.js';
import { explainMap, type MapRequest, makeMap, type OptionMap, paddingShare } from '../src/explore/map.js';
import { modelLayers, weightShape } from '../src/presets/models.js';
import { routedTokens } from '../src/presets/tokens.js';
import { asOptions, firstOptions } from '../src/state/options.js';
import { firstState, readState } from '../src/state/state.js';

const checker = createCheckerSync();

function mapOf(request: Partial<MapRequest>): OptionMap {
  const steps = makeMap(checker, {
    options: asOptions(firstOptions),
    target: 'b200',
    ruleSet: firstState.ruleSet,
    x: { name: 'tileN', values: [8, 16, 24, 40] },
    y: { name: 'numStages', values: [1, 4, 40] },
    ...request,
  });
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

describe('a map', () => {
  it.each([
    ['sizes', {}],
    [
      'types',
      {
        x: { name: 'dtypeElt', values: ['E4m3', 'E2m1', 'Void'] },
        y: { name: 'mmaK', values: [16, 32, 64] },
      },
    ],
    [
      'yes and no',
      { x: { name: 'useTmaStore', values: [false, true] }, y: { name: 'm', values: [7168, 7200, 0] } },
    ],
    [
      'modes',
      {
        x: { name: 'allReduceAlgo', values: ['None', 'OneShot'] },
        y: { name: 'clusterDimX', values: [1, 2] },
      },
    ],
  ] as const)('of %s has in every cell what a check says of it', (_, axes) => {
    const { request, rules, waste, valid, refused } = mapOf(axes);
    const counted: Record<string, number> = {};
    for (const [row, ofY] of request.y.values.entries()) {
      for (const [column, ofX] of request.x.values.entries()) {
        const cell = row * request.x.values.length + column;
        const options = { ...request.options, [request.y.name]: ofY, [request.x.name]: ofX };
        const result = checker.check(options, 'b200', { stopAtFirst: true });
        const first = result.diagnostics.find(({ severity }) => severity === 'error')?.rule;
        expect(ruleCatalog[rules[cell] ?? -1]?.name).toBe(first);
        if (first !== undefined) counted[first] = (counted[first] ?? 0) + 1;
        else expect(waste[cell]).toBeCloseTo(paddingShare(checker.check(options, 'b200').options), 6);
      }
    }
    expect(refused).toEqual(counted);
    expect(valid).toBe(rules.filter((rule) => rule < 0).length);
  });

  it('in which nothing can run is explained', () => {
    const map = mapOf({
      x: { name: 'numStages', values: [30, 31] },
      y: { name: 'tileM', values: [64, 128] },
    });
    expect(explainMap(checker, map)).toContain('no configuration is valid because');
    expect(explainMap(checker, mapOf({}))).toBeUndefined();
  });
});

describe('an axis', () => {
  it('of any option that can be one has values to begin with', () => {
    for (const { name } of axisFields) {
      const values = axisValues(usualAxis(name));
      expect(values.length, name).toBeGreaterThan(1);
      expect(typeof values, name).toBe('object');
    }
  });

  it('says what is wrong with it', () => {
    expect(axisValues({ name: 'tileM', from: 1, to: 0, step: 1 })).toContain('down to');
    expect(axisValues({ name: 'tileM', from: 1, to: 9, step: 0 })).toContain('step');
    expect(axisValues({ name: 'm', from: 0, to: 1e9, step: 1 })).toContain(`up to ${mostValues}`);
    expect(axisValues({ name: 'batchedN', from: 0, to: 1, step: 1 })).toBe('batchedN is a list, and no axis');
    expect(axisValues({ name: 'atol', from: 0, to: 1, step: 1 })).toBe(
      'atol is measured in fractions, and no axis',
    );
  });

  it.each([
    ['64', 64],
    ['-16', -16],
    ['064', 64],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['', undefined],
    ['-', undefined],
    ['1.5', undefined],
    ['9007199254740992', undefined],
    ['99999999999999999999', undefined],
  ])('reads "%s" as %s, which a link can hold', (text, number) => {
    expect(readWhole(text)).toBe(number);
    const { explore } = firstState;
    const to = readWhole(text) ?? explore.x.to;
    const state = { ...firstState, explore: { ...explore, x: { ...explore.x, to } } };
    expect(readState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });
});

describe('the legend', () => {
  it('has a colour for each of the eight most frequent rules, and one for all others', () => {
    const refused = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`rule-${i}`, i + 1]));
    const legend = legendOf({ refused, valid: 5 });
    expect(legend.map(({ name }) => name).slice(0, 3)).toEqual(['can run', 'rule-10', 'rule-9']);
    const own = legend.filter(({ shared }) => !shared);
    expect(own).toHaveLength(9);
    expect(new Set([...own.map(({ colour }) => String(colour)), String(ofOthers)]).size).toBe(10);
    const shared = legend.filter((entry) => entry.shared);
    expect(shared.map(({ name }) => name)).toEqual(['rule-2', 'rule-1', 'rule-0']);
    expect(shared.every(({ colour }) => colour === ofOthers)).toBe(true);
  });

  it('spreads the colours of padding over what the map has', () => {
    const range = wasteRange({ waste: Float32Array.of(Number.NaN, 0.75, 0.5, Number.NaN) });
    expect(range).toEqual([0.5, 0.75]);
    expect(wasteColour(0.5, [0.5, 0.75])).toEqual(wasteEnds[0]);
    expect(wasteColour(0.75, [0.5, 0.75])).toEqual(wasteEnds[1]);
    expect(wasteColour(0.25, [0.25, 0.25])).toEqual(wasteEnds[0]);
    expect(wasteRange({ waste: Float32Array.of(Number.NaN) })).toBeUndefined();
  });
});

describe('problems of models', () => {
  it.each(modelLayers)('$name routes every token to as many experts as it says', ({ experts, topK }) => {
    for (const spread of ['even', 'uneven'] as const) {
      for (const tokens of [1, 7, 64, 4096]) {
        const counts = routedTokens(tokens, experts, topK, spread);
        expect(counts).toHaveLength(experts);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(tokens * topK);
        expect(Math.max(...counts)).toBeLessThanOrEqual(tokens);
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('have the shapes of the experts’ weights', () => {
    const shapes = modelLayers.map((layer) => [
      layer.name,
      weightShape(layer, 'gate and up').rows,
      weightShape(layer, 'down').rows,
    ]);
    expect(shapes).toEqual([
      ['DeepSeek-V3', 4096, 7168],
      ['Qwen3-30B-A3B', 1536, 2048],
      ['Qwen3-235B-A22B', 3072, 4096],
      ['Mixtral 8x7B', 28_672, 4096],
      ['GPT-OSS-20B', 5760, 2880],
      ['GPT-OSS-120B', 5760, 2880],
    ]);
  });
});
