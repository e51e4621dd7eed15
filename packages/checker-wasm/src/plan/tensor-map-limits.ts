import {
  maxTensorMapBox,
  maxTensorMapExtent,
  type TensorMapDtype,
  type TensorMapSpec,
  type TensorMapSwizzle,
} from '@gemm-preflight/types';
import { PlanError } from './plan-error.js';

// What `cuTensorMapEncodeTiled` demands of its arguments (CUDA driver API reference, tensor map management), as far as the
// maps of this family can break it: rank, element strides, interleave and fill are always legal ones. A check with its launch rules has refused
// what breaks them; a plan of other results is held against them here.

const elementBytes: Readonly<Record<TensorMapDtype, number>> = {
  UINT8: 1,
  FLOAT16: 2,
  BFLOAT16: 2,
  FLOAT32: 4,
  '16U4_ALIGN8B': 0.5,
};

/** Widest inner box of each swizzle in bytes. */
const swizzleSpan: Readonly<Record<TensorMapSwizzle, number>> = {
  NONE: Number.POSITIVE_INFINITY,
  '32B': 32,
  '64B': 64,
  '128B': 128,
};

const maxStride = 2 ** 40;

/** What the driver would refuse a map for, in words; undefined when nothing. */
function faultOf({ dtype, globalDim, globalStrides, boxDim, swizzle }: TensorMapSpec): string | undefined {
  const dimension = globalDim.find((extent) => extent < 1 || extent > maxTensorMapExtent);
  if (dimension !== undefined) return `an extent of ${dimension}; a tensor’s are 1 to 2^32`;
  const odd = globalStrides.find((stride) => stride % 16 !== 0);
  if (odd !== undefined) return `rows of ${odd} bytes; the TMA steps in multiples of 16`;
  const far = globalStrides.find((stride) => stride >= maxStride);
  if (far !== undefined) return `rows of ${far} bytes; they must be below 2^40`;
  const box = boxDim.find((extent) => extent < 1 || extent > maxTensorMapBox);
  if (box !== undefined)
    return `a box extent of ${box}; one copy moves 1 to ${maxTensorMapBox} along each dimension`;
  const innerBytes = (boxDim[0] ?? 0) * elementBytes[dtype];
  if (innerBytes % 16 !== 0) return `box rows of ${innerBytes} bytes; they must be a multiple of 16`;
  if (innerBytes > swizzleSpan[swizzle]) {
    return `box rows of ${innerBytes} bytes, and its tile allows no swizzle wider than ${swizzleSpan[swizzle]}`;
  }
  return undefined;
}

/**
 * Returns a map that the driver takes.
 * @throws {PlanError} naming the map and the number that the driver would refuse
 */
export function withinLimits(spec: TensorMapSpec): TensorMapSpec {
  const fault = faultOf(spec);
  if (fault !== undefined) throw new PlanError(`${spec.map} has ${fault}`);
  return spec;
}
