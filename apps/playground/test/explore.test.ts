import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { ruleCatalog } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { axisFields, axisValues, mostValues, usualAxis } from '../src/explore/axis.js';
import { explainMap, type MapRequest, makeMap, type OptionMap, paddingShare } from '../src/explore/map.js';
import { modelLayers, weightShape } from '../src/presets/models.js';
import { routedTokens } from '../src/presets/tokens.js';
import { asOptions, firstOptions } from '../src/state/options.js';
import { firstState } from '../src/state/state.js';

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
    expect(axisValues({ name: 'batchedN', from: 0, to: 1, step: 1 })).toContain('list');
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
      ['GPT-OSS-120B', 5760, 2880],
    ]);
  });
});
