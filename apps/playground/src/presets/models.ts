import type { GivenOptions } from '../state/options.js';

/** The mixture-of-experts layer of a model, as its published `config.json` has it. */
export interface ModelLayer {
  readonly name: string;
  /** `hidden_size` */
  readonly hidden: number;
  /** `moe_intermediate_size`, or `intermediate_size` where that is the experts'. */
  readonly intermediate: number;
  /** `n_routed_experts`, `num_experts` or `num_local_experts` */
  readonly experts: number;
  /** `num_experts_per_tok` */
  readonly topK: number;
  /** In which types its experts' weights are to be had, the first published first. */
  readonly weights: readonly [Weights, ...Weights[]];
}

/** Types of a published checkpoint, as options say them. */
export interface Weights {
  readonly name: string;
  /** Where they are from, and what an option cannot say of them. */
  readonly text: string;
  readonly options: GivenOptions;
}

/** An instruction's depth goes with the type: 32 bytes of k. */
const bfloat16: GivenOptions = {
  dtypeElt: 'Bfloat16',
  dtypeC: 'Bfloat16',
  dtypeAcc: 'Fp32',
  useDeepSeekFp8: false,
  mmaK: 16,
};
const deepSeekFp8: GivenOptions = {
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
  dtypeAcc: 'Fp32',
  useDeepSeekFp8: true,
  mmaK: 32,
};

const published: Weights = {
  name: 'Bfloat16',
  text: 'Bfloat16, as published',
  options: bfloat16,
};

/** One scale for each 128×128 weights (`weight_block_size`), those of activations made as it runs. */
const blockScaled = (checkpoint: string): Weights => ({
  name: 'DeepSeek FP8',
  text: `E4m3 with DeepSeek scales, as ${checkpoint} is published`,
  options: deepSeekFp8,
});

/** MXFP4 weights meet Bfloat16 activations, and `dtypeElt` is one type for both. */
const microscaled: Weights = {
  name: 'Bfloat16',
  text: 'Bfloat16, as its activations are; the published weights are MXFP4, and one option names the type of both',
  options: bfloat16,
};

export const modelLayers: readonly ModelLayer[] = [
  {
    name: 'DeepSeek-V3',
    hidden: 7168,
    intermediate: 2048,
    experts: 256,
    topK: 8,
    weights: [blockScaled('DeepSeek-V3')],
  },
  {
    name: 'Qwen3-30B-A3B',
    hidden: 2048,
    intermediate: 768,
    experts: 128,
    topK: 8,
    weights: [published, blockScaled('Qwen3-30B-A3B-FP8')],
  },
  {
    name: 'Qwen3-235B-A22B',
    hidden: 4096,
    intermediate: 1536,
    experts: 128,
    topK: 8,
    weights: [published, blockScaled('Qwen3-235B-A22B-FP8')],
  },
  {
    name: 'Mixtral 8x7B',
    hidden: 4096,
    intermediate: 14_336,
    experts: 8,
    topK: 2,
    weights: [published],
  },
  {
    name: 'GPT-OSS-20B',
    hidden: 2880,
    intermediate: 2880,
    experts: 32,
    topK: 4,
    weights: [microscaled],
  },
  {
    name: 'GPT-OSS-120B',
    hidden: 2880,
    intermediate: 2880,
    experts: 128,
    topK: 4,
    weights: [microscaled],
  },
];

/** The two GEMMs of an expert. */
export const projections = ['gate and up', 'down'] as const;
/** One of {@link projections}. */
export type Projection = (typeof projections)[number];

/** Rows of an expert's weights, and what they sum over. */
export function weightShape(layer: ModelLayer, projection: Projection): { rows: number; k: number } {
  return projection === 'down'
    ? { rows: layer.hidden, k: layer.intermediate }
    : { rows: 2 * layer.intermediate, k: layer.hidden };
}

const shares = [1, 2, 4, 8, 16, 32] as const;

/** Over how many GPUs a layer's experts can be spread, each having at least one. */
export function sharesOf({ experts }: ModelLayer): readonly number[] {
  return shares.filter((gpus) => gpus <= experts);
}
