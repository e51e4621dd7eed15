import { type OptionName, type OptionShape, optionShapes } from './options.js';

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

/** One option, described as data: forms and schemas are made from this. */
export interface OptionField extends OptionShape {
  readonly group: OptionGroup;
  readonly description: string;
}

const texts: Readonly<Record<OptionName, readonly [OptionGroup, description: string]>> = {
  batchM: ['batch', 'Tokens run along m (true) or along n (false).'],
  transposeMmaOutput: ['epilogue', 'Write the output as [n, m] instead of [m, n].'],
  useDeepSeekFp8: ['deepseek', 'FP8 with float scales per 1×128 activations and 128×128 weights.'],
  routeAct: ['batch', 'Gather the rows of the activations through a routing map.'],
  useShuffledMatrixA: ['tiles', 'Rows of A are stored in the order in which the epilogue reads them.'],
  tileM: ['tiles', 'Rows of the output tile of one CTA.'],
  tileN: ['tiles', 'Columns of the output tile of one CTA.'],
  tileK: ['tiles', 'Elements along k in one pipeline stage.'],
  epilogueTileM: ['epilogue', 'Rows of the tile that the epilogue writes at a time.'],
  epilogueTileN: ['epilogue', 'Columns of the tile that the epilogue writes at a time.'],
  mmaM: ['tiles', 'Rows of one tensor-core instruction.'],
  mmaN: ['tiles', 'Columns of one tensor-core instruction.'],
  mmaK: ['tiles', 'Depth of one tensor-core instruction.'],
  batchedM: ['batch', 'Tokens of each batch along m; read when batchM.'],
  batchedN: ['batch', 'Tokens of each batch along n; read when not batchM.'],
  numTokens: ['batch', 'Tokens before routing.'],
  numBatches: ['batch', 'Number of batches; derived from the list that is read.'],
  m: ['problem', 'Rows of the output.'],
  n: ['problem', 'Columns of the output.'],
  k: ['problem', 'Elements that each output sums over.'],
  dtypeElt: ['dtypes', 'Type of A and B.'],
  dtypeC: ['dtypes', 'Type of the output; Void means the type of the inputs.'],
  dtypeAcc: ['dtypes', 'Type of the accumulators.'],
  useTmaStore: ['epilogue', 'Write the output through the tensor memory accelerator.'],
  atol: ['problem', 'Largest absolute error that a test accepts; absent: chosen by the rule set.'],
  rtol: ['problem', 'Largest relative error that a test accepts; absent: chosen by the rule set.'],
  numSlicesForSplitK: ['splitK', 'Into how many parts k is cut.'],
  clusterDimX: ['splitK', 'CTAs per cluster along x.'],
  clusterDimY: ['splitK', 'CTAs per cluster along y.'],
  clusterDimZ: ['splitK', 'CTAs per cluster along z.'],
  allReduceAlgo: ['allReduce', 'How the output is summed over GPUs.'],
  splitK: ['splitK', 'Where slices of k are summed; derived by the rule set.'],
  numStages: ['tiles', 'Depth of the shared-memory pipeline.'],
  useFusedAct: ['epilogue', 'Apply the gated activation in the epilogue.'],
  gateUseClusterSplitK: ['splitK', 'Split k over a cluster in the gate projection.'],
  projGateNumSplitKSlices: ['splitK', 'Slices of k in the gate projection: the grid along z.'],
};

/** All options, in the order of the binary record. */
export const optionFields: readonly OptionField[] = optionShapes.map((shape) => {
  const [group, description] = texts[shape.name];
  return { ...shape, group, description };
});
