import type { Dtype } from './dtype.js';
import type { AllReduceAlgo } from './options.js';

/**
 * What a caller wants computed, before a kernel is chosen: for each batch b, out_b = A_b · B_bᵀ, where the tokens of
 * each batch run along n (batchN, weights as A) or m (batchM).
 */
export interface Problem {
  /** What to call it in reports: "gate and up projection". */
  readonly name?: string;
  readonly batchM: boolean;
  readonly transposeMmaOutput: boolean;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Tokens of each batch (expert); may be absent where the problem file gives them for all problems. */
  readonly tokensPerBatch?: readonly number[];
  /** Tokens before routing; default: the sum of the batches. */
  readonly numTokens?: number;
  readonly dtypeElt: Dtype;
  readonly dtypeC: Dtype;
  /** Needs DeepSeek scales; default false. */
  readonly blockScale?: boolean;
  /** Tokens arrive unpermuted, with a routing map; default false. */
  readonly permuteFusion?: boolean;
  /**
   * The name of an earlier problem of the same file whose output are the tokens of this one, E4m3 with its scales: the down
   * projection that follows an up projection.
   */
  readonly inputFrom?: string;
  readonly clusterDimX?: number;
  readonly clusterDimY?: number;
  readonly clusterDimZ?: number;
  readonly allReduceAlgo?: AllReduceAlgo;
  readonly atol?: number;
  readonly rtol?: number;
}

/** A file of problems: the GEMMs of a layer, say. */
export interface ProblemFile {
  readonly $schema?: string;
  readonly name?: string;
  readonly description?: string;
  /** Preset of the GPU to plan for. */
  readonly target?: string;
  /** Tokens of each expert, for the problems that do not give their own. */
  readonly tokensPerBatch?: readonly number[];
  readonly problems: readonly Problem[];
}
