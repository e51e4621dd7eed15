import {
  type BatchedGemmOptions,
  type Dtype,
  dtypeBits,
  type TensorMapDtype,
  type TensorMapSpec,
  type TensorMapSwizzle,
} from '@gemm-preflight/types';
import { PlanError } from './plan-error.js';
import { withinLimits } from './tensor-map-limits.js';

/** The data types that a tensor map can carry, by the driver's names; FP8 travels as bytes. */
const mapDtypes: Partial<Readonly<Record<Dtype, TensorMapDtype>>> = {
  E4m3: 'UINT8',
  Fp16: 'FLOAT16',
  Bfloat16: 'BFLOAT16',
  Fp32: 'FLOAT32',
  E2m1: '16U4_ALIGN8B',
};

/** Widest box row: the span of the 128-byte swizzle. */
const boxRowBytes = 128;

function mapDtype(dtype: Dtype, map: string): TensorMapDtype {
  const mapped = mapDtypes[dtype];
  if (mapped !== undefined) return mapped;
  throw new PlanError(
    `no tensor map can carry ${dtype} (${map}); the TMA knows ${Object.keys(mapDtypes).join(', ')}`,
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

/** What distinguishes the matrices of one launch. */
interface Matrix {
  readonly map: 'tmaA' | 'tmaB' | 'tmaC';
  readonly buffer: 'a' | 'b' | 'c';
  readonly dtype: Dtype;
  /** Extent and tile of the contiguous dimension, in elements. */
  readonly hidden: number;
  readonly innerTile: number;
  readonly rows: number;
  readonly rowTile: number;
}

function matrixMap({ map, buffer, dtype, hidden, innerTile, rows, rowTile }: Matrix): TensorMapSpec {
  const bits = dtypeBits(dtype);
  return {
    map,
    buffer,
    dtype: mapDtype(dtype, map),
    globalDim: [hidden, rows],
    globalStrides: [(hidden * bits) / 8],
    boxDim: [Math.min((boxRowBytes * 8) / bits, innerTile), rowTile],
    elementStrides: [1, 1],
    swizzle: swizzleFor((innerTile * bits) / 8, map),
  };
}

/** Shape of the output as it lies in memory: rows of the contiguous dimension. A fused activation halves the rows. */
export function outputMatrix(o: BatchedGemmOptions): { hidden: number; innerTile: number; rowTile: number } {
  const [hidden, innerTile, rowTile] = o.transposeMmaOutput
    ? [o.m, o.epilogueTileM, o.epilogueTileN]
    : [o.n, o.epilogueTileN, o.epilogueTileM];
  const halves = o.useFusedAct ? 2 : 1;
  return { hidden: hidden / halves, innerTile: innerTile / halves, rowTile };
}

/** A map of a matrix's NVFP4 scales: one E4m3 scale for 16 elements, 128×4 scales packed in 512 bytes. */
function scaleMap({ map, rows, rowTile }: Matrix, { k, tileK }: BatchedGemmOptions): TensorMapSpec {
  const kBlocks = Math.ceil(k / 64);
  return {
    ...(map === 'tmaA' ? { map: 'tmaSfA', buffer: 'sfA' } : { map: 'tmaSfB', buffer: 'sfB' }),
    dtype: 'UINT8',
    globalDim: [256, 2, kBlocks, Math.ceil(rows / 128)],
    globalStrides: [256, 512, 512 * kBlocks],
    boxDim: [256, 2, Math.ceil(tileK / 64), Math.ceil(rowTile / 128)],
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
  const rowsA = o.batchM ? paddedTokens : o.m * o.numBatches;
  const rowsB = o.batchM ? o.n * o.numBatches : paddedTokens;
  const operand = { dtype: o.dtypeElt, hidden: o.k, innerTile: o.tileK } as const;
  const a = { ...operand, map: 'tmaA', buffer: 'a', rows: rowsA, rowTile: o.tileM } as const;
  const b = { ...operand, map: 'tmaB', buffer: 'b', rows: rowsB, rowTile: o.tileN } as const;
  const weights = o.batchM ? b : a;
  const operands = o.routeAct ? [weights] : [a, b];
  const specs = [
    ...operands.map(matrixMap),
    ...(o.useTmaStore
      ? [matrixMap({ ...outputMatrix(o), map: 'tmaC', buffer: 'c', dtype: o.dtypeC, rows: paddedTokens })]
      : []),
    ...(o.dtypeElt === 'E2m1' ? operands.map((matrix) => scaleMap(matrix, o)) : []),
  ];
  return specs.map(withinLimits);
}
