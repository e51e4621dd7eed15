import type { TensorMapSpec } from '@gemm-preflight/types';

// What `cuTensorMapEncodeTiled` demands (CUDA driver API reference), of everything that a plan decides: all but the
// address. Written down from the reference, with no eye on src/.

const elementBits = { UINT8: 8, FLOAT16: 16, BFLOAT16: 16, FLOAT32: 32, '16U4_ALIGN8B': 4 } as const;
const swizzleSpanBytes = { NONE: Number.POSITIVE_INFINITY, '32B': 32, '64B': 64, '128B': 128 } as const;

const within = (low: number, high: number) => (value: number) =>
  Number.isInteger(value) && value >= low && value <= high;
const first = (values: readonly number[]) => values[0] ?? Number.NaN;
const innerBoxBytes = ({ boxDim, dtype }: TensorMapSpec) => (first(boxDim) * elementBits[dtype]) / 8;
const rowBytes = ({ globalDim, dtype }: TensorMapSpec) => (first(globalDim) * elementBits[dtype]) / 8;

/** Each demand in words, and whether a map meets it. */
export const constraints: readonly (readonly [demand: string, holds: (map: TensorMapSpec) => boolean])[] = [
  ['the rank is 1 to 5', ({ globalDim }) => within(1, 5)(globalDim.length)],
  [
    'there are as many box extents and element strides as dimensions, and one stride less',
    ({ globalDim: { length }, boxDim, elementStrides, globalStrides }) =>
      boxDim.length === length && elementStrides.length === length && globalStrides.length === length - 1,
  ],
  ['dimensions are 1 to 2^32', ({ globalDim }) => globalDim.every(within(1, 2 ** 32))],
  [
    'the inner dimension of 4-bit elements is even',
    ({ globalDim, dtype }) => dtype !== '16U4_ALIGN8B' || first(globalDim) % 2 === 0,
  ],
  [
    'strides are multiples of 16 bytes below 2^40',
    ({ globalStrides }) => globalStrides.every((stride) => stride % 16 === 0 && stride < 2 ** 40),
  ],
  ['rows do not overlap', (map) => first(map.globalStrides) >= rowBytes(map)],
  ['box extents are 1 to 256', ({ boxDim }) => boxDim.every(within(1, 256))],
  ['the inner box is a multiple of 16 bytes', (map) => innerBoxBytes(map) % 16 === 0],
  [
    'the inner box is within the swizzle’s span',
    (map) => innerBoxBytes(map) <= swizzleSpanBytes[map.swizzle],
  ],
  ['element strides are 1 to 8', ({ elementStrides }) => elementStrides.every(within(1, 8))],
];
