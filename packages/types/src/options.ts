import type { Dtype } from './dtype.js';

/** How the output is summed over GPUs: not at all, each rank reads all others, or reduce-scatter and all-gather. */
export const allReduceAlgos = ['None', 'OneShot', 'TwoShot'] as const;
/** One of {@link allReduceAlgos}. */
export type AllReduceAlgo = (typeof allReduceAlgos)[number];

/** Where the slices of a split k are summed: not at all, in global memory, or in the cluster's shared memory. */
export const splitKModes = ['None', 'Gmem', 'Dsmem'] as const;
/** One of {@link splitKModes}. */
export type SplitKMode = (typeof splitKModes)[number];

/** The options of one GEMM: out[m, n] = A[m, k] · B[n, k]ᵀ. Sizes are in elements. */
export interface GemmOptions {
  /** Write the output as [n, m] instead of [m, n]: the tile's m runs along the contiguous dimension. */
  readonly transposeMmaOutput: boolean;
  /** FP8 with float scales per 1×128 activations and 128×128 weights. */
  readonly useDeepSeekFp8: boolean;
  /** Rows of A are stored in the order in which the epilogue reads them. */
  readonly useShuffledMatrixA: boolean;
  /** The output tile of one CTA, and the depth of one pipeline stage. */
  readonly tileM: number;
  readonly tileN: number;
  readonly tileK: number;
  /** The part of the tile that the epilogue writes at a time. */
  readonly epilogueTileM: number;
  readonly epilogueTileN: number;
  /** The shape of one tensor-core instruction. */
  readonly mmaM: number;
  readonly mmaN: number;
  readonly mmaK: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Type of A and B. */
  readonly dtypeElt: Dtype;
  /** Type of the output; `Void` means the type of the inputs. */
  readonly dtypeC: Dtype;
  /** Type of the accumulators. */
  readonly dtypeAcc: Dtype;
  /** Write the output through the tensor memory accelerator. */
  readonly useTmaStore: boolean;
  /** Largest absolute and relative error that a test of this GEMM accepts; absent: chosen by the rule set. */
  readonly atol?: number;
  readonly rtol?: number;
  /** Into how many parts k is cut, each summed by a CTA of its own. */
  readonly numSlicesForSplitK: number;
  /** CTAs per cluster along each grid axis. */
  readonly clusterDimX: number;
  readonly clusterDimY: number;
  readonly clusterDimZ: number;
  readonly allReduceAlgo: AllReduceAlgo;
  /** Derived from the slices and the cluster by the rule set, whatever is given. */
  readonly splitK: SplitKMode;
  /** Depth of the shared-memory pipeline. */
  readonly numStages: number;
}

/** The options of a batched GEMM, where one of m and n differs from batch to batch (the tokens of each expert). */
export interface BatchedGemmOptions extends GemmOptions {
  /** Tokens run along m (true) or along n (false: "batchN", the experts' weights are A). */
  readonly batchM: boolean;
  /** Rows of the activations are gathered through a routing map. */
  readonly routeAct: boolean;
  /** Tokens of each batch along m; read when `batchM`. */
  readonly batchedM: readonly number[];
  /** Tokens of each batch along n; read when not `batchM`. */
  readonly batchedN: readonly number[];
  /** Tokens before routing. */
  readonly numTokens: number;
  /** Derived: the length of the list that is read. */
  readonly numBatches: number;
  /** Apply the gated activation in the epilogue. */
  readonly useFusedAct: boolean;
  readonly gateUseClusterSplitK: boolean;
  readonly projGateNumSplitKSlices: number;
}

/** The name of an option. */
export type OptionName = keyof BatchedGemmOptions;

/** The value of any option. */
export type OptionValue = number | boolean | string | readonly number[] | undefined;

/** What kind of value an option takes; decides its form in JSON Schema and in the binary record. */
export type OptionKind = 'bool' | 'int' | 'float' | 'dtype' | 'allReduceAlgo' | 'splitKMode' | 'intList';

/** The kind of every option, in the order of the binary record. */
export const optionKinds = {
  batchM: 'bool',
  transposeMmaOutput: 'bool',
  useDeepSeekFp8: 'bool',
  routeAct: 'bool',
  useShuffledMatrixA: 'bool',
  tileM: 'int',
  tileN: 'int',
  tileK: 'int',
  epilogueTileM: 'int',
  epilogueTileN: 'int',
  mmaM: 'int',
  mmaN: 'int',
  mmaK: 'int',
  batchedM: 'intList',
  batchedN: 'intList',
  numTokens: 'int',
  numBatches: 'int',
  m: 'int',
  n: 'int',
  k: 'int',
  dtypeElt: 'dtype',
  dtypeC: 'dtype',
  dtypeAcc: 'dtype',
  useTmaStore: 'bool',
  atol: 'float',
  rtol: 'float',
  numSlicesForSplitK: 'int',
  clusterDimX: 'int',
  clusterDimY: 'int',
  clusterDimZ: 'int',
  allReduceAlgo: 'allReduceAlgo',
  splitK: 'splitKMode',
  numStages: 'int',
  useFusedAct: 'bool',
  gateUseClusterSplitK: 'bool',
  projGateNumSplitKSlices: 'int',
} as const satisfies Readonly<Record<OptionName, OptionKind>>;

/** The names of all options, in the order of the binary record. */
export const optionNames = Object.keys(optionKinds) as readonly OptionName[];

/** What an option's value looks like. */
export interface OptionShape {
  readonly name: OptionName;
  readonly kind: OptionKind;
  /** May be absent from the input. */
  readonly optional: boolean;
}

/** The shapes of all options, in the order of the binary record. */
export const optionShapes: readonly OptionShape[] = optionNames.map((name) => ({
  name,
  kind: optionKinds[name],
  optional: name === 'atol' || name === 'rtol',
}));
