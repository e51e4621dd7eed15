import type { GivenOptions } from '../state/options.js';
import { type ModelLayer, type Projection, type Weights, weightShape } from './models.js';
import { routedTokens, type Spread } from './tokens.js';

/** A GEMM of a model's layer, on one of the GPUs that share its experts. */
export interface ModelProblem {
  readonly layer: ModelLayer;
  readonly weights: Weights;
  readonly projection: Projection;
  readonly tokens: number;
  /** GPUs that share the experts. */
  readonly gpus: number;
  readonly spread: Spread;
}

/** The options of a model's problem: sizes, batches, types and scales. Tiles stay as they are. */
export function optionsOfModel(problem: ModelProblem, batchM: boolean): GivenOptions {
  const { layer, weights, projection, tokens, gpus, spread } = problem;
  const { rows, k } = weightShape(layer, projection);
  const all = routedTokens(tokens, layer.experts, layer.topK, spread);
  const here = all.slice(0, Math.floor(layer.experts / gpus));
  const sum = here.reduce((total, one) => total + one, 0);
  return {
    ...(batchM ? { m: sum, n: rows } : { m: rows, n: sum }),
    k,
    ...(batchM ? { batchedM: here, batchedN: [] } : { batchedM: [], batchedN: here }),
    numTokens: projection === 'down' ? sum : tokens,
    numBatches: here.length,
    ...weights.options,
  };
}
