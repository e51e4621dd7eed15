import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { describe, expect, it } from 'vitest';
import { modelLayers, projections, sharesOf, weightShape } from '../src/presets/models.js';
import { optionsOfModel } from '../src/presets/problem-of-model.js';
import { readTokens } from '../src/presets/tokens.js';
import { asOptions, firstOptions, type GivenOptions, withChanges } from '../src/state/options.js';

const checker = createCheckerSync();
const rest = { tokens: 64, gpus: 8, spread: 'uneven' } as const;
const each = modelLayers.flatMap((layer) =>
  layer.weights.flatMap((weights) =>
    projections.map((projection) => ({
      name: `${layer.name}, ${weights.name}, ${projection}`,
      layer,
      weights,
      projection,
    })),
  ),
);
/** What may be set anew to suit a model; all else would be another model. */
const tiles = /^(tile|epilogueTile|mma)[MNK]$|^numStages$/;

describe('the preset of a model', () => {
  it.each(each)('$name leaves nothing to mend but tiles', ({ layer, weights, projection }) => {
    const deepSeek: GivenOptions = { ...firstOptions, useDeepSeekFp8: true, dtypeElt: 'E4m3' };
    const plain: GivenOptions = { ...firstOptions, useDeepSeekFp8: false, dtypeElt: 'Fp16', mmaK: 16 };
    for (const before of [deepSeek, plain]) {
      const changes = optionsOfModel({ ...rest, layer, weights, projection }, false);
      const { diagnostics } = checker.check(asOptions(withChanges(before, changes)), 'b200');
      for (const { severity, message, fixes = [] } of diagnostics) {
        if (severity !== 'error') continue;
        const mending = fixes.filter((fix) => fix.changes.every(({ field }) => tiles.test(field)));
        expect(mending.length, message).toBeGreaterThan(0);
      }
    }
  });

  it('sets the same types whatever they were, and says which', () => {
    for (const { layer, weights, projection } of each) {
      const changes = optionsOfModel({ ...rest, layer, weights, projection }, false);
      for (const name of ['dtypeElt', 'dtypeC', 'dtypeAcc', 'useDeepSeekFp8', 'mmaK'])
        expect(changes[name], `${layer.name} ${name}`).toBeDefined();
      expect(weights.text).toContain(changes['dtypeElt']);
      expect(weights.text.includes('DeepSeek scales')).toBe(changes['useDeepSeekFp8']);
    }
  });

  it('has both GPT-OSS models, as their configs have them', () => {
    const named = (name: string) => modelLayers.find((layer) => layer.name === name);
    const shape = { hidden: 2880, intermediate: 2880, topK: 4 };
    expect(named('GPT-OSS-20B')).toMatchObject({ ...shape, experts: 32 });
    expect(named('GPT-OSS-120B')).toMatchObject({ ...shape, experts: 128 });
  });

  it('shares experts over no more GPUs than there are experts', () => {
    for (const layer of modelLayers) {
      for (const gpus of sharesOf(layer)) {
        const { batchedN } = optionsOfModel(
          { ...rest, gpus, layer, weights: layer.weights[0], projection: 'down' },
          false,
        );
        expect(batchedN).toHaveLength(layer.experts / gpus);
      }
    }
    expect(modelLayers.filter(({ name }) => name.startsWith('Mixtral')).map(sharesOf)).toEqual([
      [1, 2, 4, 8],
    ]);
  });

  it('has tokens along m with batchM', () => {
    for (const { layer, weights, projection } of each) {
      const options = optionsOfModel({ ...rest, layer, weights, projection }, true);
      const { rows, k } = weightShape(layer, projection);
      expect(options).toMatchObject({ n: rows, k, batchedN: [], numBatches: layer.experts / 8 });
    }
  });
});

it.each([
  ['64', 64],
  [' 1,000 ', 1000],
  ['1 000', 1000],
  ['65,536', 65_536],
  ['65537', undefined],
  ['0', undefined],
  ['', undefined],
  ['1,00', undefined],
  ['1.5', undefined],
  ['many', undefined],
  ['-4', undefined],
])('%j tokens are %s', (text, count) => {
  expect(readTokens(text)).toBe(count);
});
