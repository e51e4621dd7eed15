import type { Dtype } from './dtype.js';
import type { BatchedGemmOptions, OptionName } from './options.js';
import type { TensorMapDtype } from './plan.js';

/** The data types that a tensor map can carry, by the driver's names; FP8 travels as bytes. */
export const tensorMapDtypes: Partial<Readonly<Record<Dtype, TensorMapDtype>>> = {
  E4m3: 'UINT8',
  Fp16: 'FLOAT16',
  Bfloat16: 'BFLOAT16',
  Fp32: 'FLOAT32',
  E2m1: '16U4_ALIGN8B',
};

/** Most elements along a dimension of a tensor map (CUDA driver API, cuTensorMapEncodeTiled). */
export const maxTensorMapExtent = 2 ** 32;
/** Most elements of a box along a dimension (the same). */
export const maxTensorMapBox = 256;

/** What one copy of NVFP4 scales covers along k, in elements: a scale for each 16, four of them together. */
export const scaleBlockK = 64;

/** A number of a matrix, and the option that it is. */
export interface Extent {
  readonly field: OptionName;
  readonly size: number;
}

/** A matrix that a launch describes with a tensor map: rows of a contiguous dimension, cut into tiles. */
export interface LaunchMatrix {
  readonly map: 'tmaA' | 'tmaB' | 'tmaC';
  readonly buffer: 'a' | 'b' | 'c';
  readonly dtype: Dtype;
  /** The contiguous dimension in elements, what cuts it into tiles, and the part of a tile that is stored at a time. */
  readonly hidden: Extent;
  readonly tile: Extent;
  readonly innerTile: Extent;
  readonly rowTile: Extent;
  /** Of the weights of one batch; undefined where rows are the padded tokens. */
  readonly rowsPerBatch?: Extent;
}

/** The output as it lies in memory. A fused activation halves its rows. */
export function outputMatrix(o: BatchedGemmOptions): LaunchMatrix {
  const [hidden, tile, innerTile, rowTile] = o.transposeMmaOutput
    ? (['m', 'tileM', 'epilogueTileM', 'epilogueTileN'] as const)
    : (['n', 'tileN', 'epilogueTileN', 'epilogueTileM'] as const);
  const halves = o.useFusedAct ? 2 : 1;
  return {
    map: 'tmaC',
    buffer: 'c',
    dtype: o.dtypeC,
    hidden: { field: hidden, size: o[hidden] / halves },
    tile: { field: tile, size: o[tile] / halves },
    innerTile: { field: innerTile, size: o[innerTile] / halves },
    rowTile: { field: rowTile, size: o[rowTile] },
  };
}

/** The operands that a launch loads through tensor maps: not the activations, where a routing map gathers them. */
export function operandMatrices(o: BatchedGemmOptions): readonly LaunchMatrix[] {
  const tile = { field: 'tileK', size: o.tileK } as const;
  const operand = { dtype: o.dtypeElt, hidden: { field: 'k', size: o.k }, tile, innerTile: tile } as const;
  const weights = o.batchM ? ({ field: 'n', size: o.n } as const) : ({ field: 'm', size: o.m } as const);
  const a: LaunchMatrix = {
    ...operand,
    map: 'tmaA',
    buffer: 'a',
    rowTile: { field: 'tileM', size: o.tileM },
    ...(!o.batchM && { rowsPerBatch: weights }),
  };
  const b: LaunchMatrix = {
    ...operand,
    map: 'tmaB',
    buffer: 'b',
    rowTile: { field: 'tileN', size: o.tileN },
    ...(o.batchM && { rowsPerBatch: weights }),
  };
  return o.routeAct ? [o.batchM ? b : a] : [a, b];
}

/** Every matrix of a launch that has a tensor map of its own. */
export function launchMatrices(o: BatchedGemmOptions): readonly LaunchMatrix[] {
  return [...operandMatrices(o), ...(o.useTmaStore ? [outputMatrix(o)] : [])];
}
