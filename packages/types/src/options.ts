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

/** Where an option belongs in a form. */
export type OptionGroup =
  | 'problem'
  | 'tiles'
  | 'epilogue'
  | 'dtypes'
  | 'splitK'
  | 'deepseek'
  | 'allReduce'
  | 'batch';

/** One option, described as data: forms, schemas and the binary record are made from this. */
export interface OptionField {
  readonly name: OptionName;
  readonly kind: OptionKind;
  readonly group: OptionGroup;
  /** May be absent from the input. */
  readonly optional: boolean;
  readonly description: string;
}

function field(name: OptionName, kind: OptionKind, group: OptionGroup, description: string): OptionField {
  return { name, kind, group, optional: name === 'atol' || name === 'rtol', description };
}

/** All options, in the order of the binary record. */
export const optionFields: readonly OptionField[] = [
  field('batchM', 'bool', 'batch', 'Tokens run along m (true) or along n (false).'),
  field('transposeMmaOutput', 'bool', 'epilogue', 'Write the output as [n, m] instead of [m, n].'),
  field(
    'useDeepSeekFp8',
    'bool',
    'deepseek',
    'FP8 with float scales per 1×128 activations and 128×128 weights.',
  ),
  field('routeAct', 'bool', 'batch', 'Gather the rows of the activations through a routing map.'),
  field(
    'useShuffledMatrixA',
    'bool',
    'tiles',
    'Rows of A are stored in the order in which the epilogue reads them.',
  ),
  field('tileM', 'int', 'tiles', 'Rows of the output tile of one CTA.'),
  field('tileN', 'int', 'tiles', 'Columns of the output tile of one CTA.'),
  field('tileK', 'int', 'tiles', 'Elements along k in one pipeline stage.'),
  field('epilogueTileM', 'int', 'epilogue', 'Rows of the tile that the epilogue writes at a time.'),
  field('epilogueTileN', 'int', 'epilogue', 'Columns of the tile that the epilogue writes at a time.'),
  field('mmaM', 'int', 'tiles', 'Rows of one tensor-core instruction.'),
  field('mmaN', 'int', 'tiles', 'Columns of one tensor-core instruction.'),
  field('mmaK', 'int', 'tiles', 'Depth of one tensor-core instruction.'),
  field('batchedM', 'intList', 'batch', 'Tokens of each batch along m; read when batchM.'),
  field('batchedN', 'intList', 'batch', 'Tokens of each batch along n; read when not batchM.'),
  field('numTokens', 'int', 'batch', 'Tokens before routing.'),
  field('numBatches', 'int', 'batch', 'Number of batches; derived from the list that is read.'),
  field('m', 'int', 'problem', 'Rows of the output.'),
  field('n', 'int', 'problem', 'Columns of the output.'),
  field('k', 'int', 'problem', 'Elements that each output sums over.'),
  field('dtypeElt', 'dtype', 'dtypes', 'Type of A and B.'),
  field('dtypeC', 'dtype', 'dtypes', 'Type of the output; Void means the type of the inputs.'),
  field('dtypeAcc', 'dtype', 'dtypes', 'Type of the accumulators.'),
  field('useTmaStore', 'bool', 'epilogue', 'Write the output through the tensor memory accelerator.'),
  field(
    'atol',
    'float',
    'problem',
    'Largest absolute error that a test accepts; absent: chosen by the rule set.',
  ),
  field(
    'rtol',
    'float',
    'problem',
    'Largest relative error that a test accepts; absent: chosen by the rule set.',
  ),
  field('numSlicesForSplitK', 'int', 'splitK', 'Into how many parts k is cut.'),
  field('clusterDimX', 'int', 'splitK', 'CTAs per cluster along x.'),
  field('clusterDimY', 'int', 'splitK', 'CTAs per cluster along y.'),
  field('clusterDimZ', 'int', 'splitK', 'CTAs per cluster along z.'),
  field('allReduceAlgo', 'allReduceAlgo', 'allReduce', 'How the output is summed over GPUs.'),
  field('splitK', 'splitKMode', 'splitK', 'Where slices of k are summed; derived by the rule set.'),
  field('numStages', 'int', 'tiles', 'Depth of the shared-memory pipeline.'),
  field('useFusedAct', 'bool', 'epilogue', 'Apply the gated activation in the epilogue.'),
  field('gateUseClusterSplitK', 'bool', 'splitK', 'Split k over a cluster in the gate projection.'),
  field('projGateNumSplitKSlices', 'int', 'splitK', 'Slices of k in the gate projection: the grid along z.'),
];

/** The names of all options, in the order of the binary record. */
export const optionNames: readonly OptionName[] = optionFields.map(({ name }) => name);
