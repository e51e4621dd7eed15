import type { EmulatedTensorMap } from './tensor-map.js';

/** Bits of an element, in global memory. */
const elementBits = {
  UINT8: 8,
  UINT16: 16,
  UINT32: 32,
  INT32: 32,
  UINT64: 64,
  INT64: 64,
  FLOAT16: 16,
  FLOAT32: 32,
  FLOAT64: 64,
  BFLOAT16: 16,
  FLOAT32_FTZ: 32,
  TFLOAT32: 32,
  TFLOAT32_FTZ: 32,
  '16U4_ALIGN8B': 4,
  '16U4_ALIGN16B': 4,
  '16U6_ALIGN16B': 6,
} as const satisfies Record<EmulatedTensorMap['dtype'], number>;

/** Bytes within which a swizzle permutes. */
const swizzleSpanBytes = {
  NONE: Number.POSITIVE_INFINITY,
  '32B': 32,
  '64B': 64,
  '128B': 128,
  '128B_ATOM_32B': 128,
  '128B_ATOM_32B_FLIP_8B': 128,
  '128B_ATOM_64B': 128,
} as const satisfies Record<EmulatedTensorMap['swizzle'], number>;

const paddedSwizzles: {
  readonly [Dtype in EmulatedTensorMap['dtype']]?: readonly EmulatedTensorMap['swizzle'][];
} = {
  '16U4_ALIGN16B': ['NONE', '128B', '128B_ATOM_32B'],
  '16U6_ALIGN16B': ['NONE', '128B', '128B_ATOM_32B', '128B_ATOM_64B'],
};

const floats: readonly EmulatedTensorMap['dtype'][] = [
  'FLOAT16',
  'FLOAT32',
  'FLOAT64',
  'BFLOAT16',
  'FLOAT32_FTZ',
  'TFLOAT32',
  'TFLOAT32_FTZ',
];

/** Types whose 16-element groups are padded to 16 bytes in shared memory. */
function isPadded(map: EmulatedTensorMap): boolean {
  return map.dtype === '16U4_ALIGN16B' || map.dtype === '16U6_ALIGN16B';
}

/** What addresses and strides have to be multiples of. */
function alignmentBytes(map: EmulatedTensorMap): number {
  return map.interleave === '32B' || isPadded(map) ? 32 : 16;
}

function innerBoxBytes(map: EmulatedTensorMap): number {
  return ((map.boxDim[0] ?? 0) * elementBits[map.dtype]) / 8;
}

const within = (low: number, high: number) => (value: number) => value >= low && value <= high;

/** A documented constraint, in words, and whether a map keeps it. */
type Rule = readonly [constraint: string, holds: (map: EmulatedTensorMap) => boolean];

/** Source: CUDA driver API reference, `cuTensorMapEncodeTiled`, in its order. */
const rules: readonly Rule[] = [
  ['the rank is 1 to 5', (map) => within(1, 5)(map.globalDim.length)],
  ['the rank is 3 to 5 with an interleave', (map) => map.interleave === 'NONE' || map.globalDim.length >= 3],
  [
    'the address is a multiple of 16 bytes, of 32 with interleave 32B and padded types',
    (map) => map.globalAddress % BigInt(alignmentBytes(map)) === 0n,
  ],
  ['dimensions are 1 to 2^32', (map) => map.globalDim.every(within(1, 2 ** 32))],
  [
    'the inner dimension is a multiple of 128 for padded types, of 2 for 16U4_ALIGN8B',
    (map) => (map.globalDim[0] ?? 0) % (isPadded(map) ? 128 : map.dtype === '16U4_ALIGN8B' ? 2 : 1) === 0,
  ],
  [
    'strides are multiples of 16 bytes, of 32 with interleave 32B and padded types',
    (map) => map.globalStrides.every((stride) => stride % alignmentBytes(map) === 0),
  ],
  ['strides are below 2^40 bytes', (map) => map.globalStrides.every((stride) => stride < 2 ** 40)],
  ['box extents are 1 to 256', (map) => map.boxDim.every(within(1, 256))],
  [
    'the inner box is a multiple of 16 bytes without interleave',
    (map) => map.interleave !== 'NONE' || innerBoxBytes(map) % 16 === 0,
  ],
  ['the inner box extent is 128 for padded types', (map) => !isPadded(map) || map.boxDim[0] === 128],
  ['element strides are 1 to 8', (map) => map.elementStrides.every(within(1, 8))],
  [
    'the inner box is within the swizzle span without interleave',
    (map) =>
      map.interleave !== 'NONE' || isPadded(map) || innerBoxBytes(map) <= swizzleSpanBytes[map.swizzle],
  ],
  ['16U6_ALIGN16B has no interleave', (map) => map.dtype !== '16U6_ALIGN16B' || map.interleave === 'NONE'],
  ['interleave 32B has swizzle 32B', (map) => map.interleave !== '32B' || map.swizzle === '32B'],
  [
    'padded types have one of the swizzles made for them',
    (map) => paddedSwizzles[map.dtype]?.includes(map.swizzle) ?? true,
  ],
  [
    'NaN fill is for floating-point types',
    (map) => map.oobFill !== 'NAN_REQUEST_ZERO_FMA' || floats.includes(map.dtype),
  ],
];

/**
 * The first documented constraint of `cuTensorMapEncodeTiled` that a map breaks, in words.
 *
 * @returns undefined when it keeps them all
 */
export function brokenTensorMapRule(map: EmulatedTensorMap): string | undefined {
  return rules.find(([, holds]) => !holds(map))?.[0];
}
