import {
  type BatchedGemmOptions,
  type Dtype,
  dtypeBits,
  type LaunchMatrix,
  launchMatrices,
  operandMatrices,
  scaleBlockK,
  type TensorMapDtype,
  type TensorMapSpec,
  type TensorMapSwizzle,
  tensorMapDtypes,
} from '@gemm-preflight/types';
import { PlanError } from './plan-error.js';
import { withinLimits } from './tensor-map-limits.js';

/** Widest box row: the span of the 128-byte swizzle. */
const boxRowBytes = 128;

function mapDtype(dtype: Dtype, map: string): TensorMapDtype {
  const mapped = tensorMapDtypes[dtype];
  if (mapped !== undefined) return mapped;
  throw new PlanError(
    `no tensor map can carry ${dtype} (${map}); the TMA knows ${Object.keys(tensorMapDtypes).join(', ')}`,
  );
}

function swizzleFor(innerTileBytes: number, map: string): TensorMapSwizzle {
  if (innerTileBytes > 0 && innerTileBytes % 128 === 0) return '128B';
  if (innerTileBytes > 0 && innerTileBytes % 64 === 0) return '64B';
  if (innerTileBytes > 0 && innerTileBytes % 32 === 0) return '32B';
  throw new PlanError(
    `${map} has tile rows of ${innerTileBytes} bytes; the TMA’s swizzles need a multiple of 32`,
  );
}

/** The rows of a matrix: of all batches' weights, or the padded tokens. */
function rowsOf(
  { rowsPerBatch }: LaunchMatrix,
  { numBatches }: BatchedGemmOptions,
  paddedTokens: number,
): number {
  return rowsPerBatch === undefined ? paddedTokens : rowsPerBatch.size * numBatches;
}

function matrixMap(
  { map, buffer, dtype, hidden, innerTile, rowTile }: LaunchMatrix,
  rows: number,
): TensorMapSpec {
  const bits = dtypeBits(dtype);
  return {
    map,
    buffer,
    dtype: mapDtype(dtype, map),
    globalDim: [hidden.size, rows],
    globalStrides: [(hidden.size * bits) / 8],
    boxDim: [Math.min((boxRowBytes * 8) / bits, innerTile.size), rowTile.size],
    elementStrides: [1, 1],
    swizzle: swizzleFor((innerTile.size * bits) / 8, map),
  };
}

/** A map of a matrix's NVFP4 scales: one E4m3 scale for 16 elements, 128×4 scales packed in 512 bytes. */
function scaleMap(
  { map, rowTile }: LaunchMatrix,
  rows: number,
  { k, tileK }: BatchedGemmOptions,
): TensorMapSpec {
  const kBlocks = Math.ceil(k / scaleBlockK);
  return {
    ...(map === 'tmaA' ? { map: 'tmaSfA', buffer: 'sfA' } : { map: 'tmaSfB', buffer: 'sfB' }),
    dtype: 'UINT8',
    globalDim: [256, 2, kBlocks, Math.ceil(rows / 128)],
    globalStrides: [256, 512, 512 * kBlocks],
    boxDim: [256, 2, Math.ceil(tileK / scaleBlockK), Math.ceil(rowTile.size / 128)],
    elementStrides: [1, 1, 1, 1],
    swizzle: 'NONE',
  };
}

/**
 * The tensor maps of a launch. With routed activations their matrix is gathered through the routing map, so no tensor
 * map of it is built.
 * @param o options after adjustment
 * @param paddedTokens rows of the padded token space
 */
export function tensorMaps(o: BatchedGemmOptions, paddedTokens: number): readonly TensorMapSpec[] {
  const rows = (matrix: LaunchMatrix) => rowsOf(matrix, o, paddedTokens);
  const specs = [
    ...launchMatrices(o).map((matrix) => matrixMap(matrix, rows(matrix))),
    ...(o.dtypeElt === 'E2m1' ? operandMatrices(o).map((matrix) => scaleMap(matrix, rows(matrix), o)) : []),
  ];
  return specs.map(withinLimits);
}
