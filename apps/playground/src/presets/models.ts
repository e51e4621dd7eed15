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
}

export const modelLayers: readonly ModelLayer[] = [
  { name: 'DeepSeek-V3', hidden: 7168, intermediate: 2048, experts: 256, topK: 8 },
  { name: 'Qwen3-30B-A3B', hidden: 2048, intermediate: 768, experts: 128, topK: 8 },
  { name: 'Qwen3-235B-A22B', hidden: 4096, intermediate: 1536, experts: 128, topK: 8 },
  { name: 'Mixtral 8x7B', hidden: 4096, intermediate: 14_336, experts: 8, topK: 2 },
  { name: 'GPT-OSS-120B', hidden: 2880, intermediate: 2880, experts: 128, topK: 4 },
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
