// One tensor map that every driver takes, and changes to it, each of which one documented constraint allows or forbids
// (CUDA driver API reference, cuTensorMapEncodeTiled). The emulator is tested with these, and so is a real driver
// (test/gpu/ffi-suite.mjs): both have to agree with the table.

/** Fields as of `TiledTensorMap`. */
export const validMap = {
  dtype: 'BFLOAT16',
  globalAddress: 0x7f00_0000_0000n,
  globalDim: [4096, 1024],
  globalStrides: [8192],
  boxDim: [64, 128],
  elementStrides: [1, 1],
  swizzle: '128B',
  interleave: 'NONE',
  l2Promotion: 'L2_128B',
  oobFill: 'NONE',
};

const bytes = { dtype: 'UINT8', globalDim: [4096, 1024], globalStrides: [4096], swizzle: 'NONE' };
const fourBit = { dtype: '16U4_ALIGN8B', globalDim: [4096, 1024], globalStrides: [2048], boxDim: [256, 128] };
const padded4 = {
  dtype: '16U4_ALIGN16B',
  globalDim: [4096, 1024],
  globalStrides: [2048],
  boxDim: [128, 128],
};
const padded6 = {
  dtype: '16U6_ALIGN16B',
  globalDim: [4096, 1024],
  globalStrides: [3072],
  boxDim: [128, 128],
};
const rank = (n) => ({
  globalDim: [64, 8, 8, 8, 8, 8].slice(0, n),
  globalStrides: [128, 1024, 8192, 65_536, 524_288].slice(0, Math.max(0, n - 1)),
  boxDim: [64, 2, 2, 2, 2, 2].slice(0, n),
  elementStrides: [1, 1, 1, 1, 1, 1].slice(0, n),
});
const interleaved16 = { ...rank(3), interleave: '16B', swizzle: 'NONE', boxDim: [8, 2, 2] };
const interleaved32 = { ...rank(3), interleave: '32B', swizzle: '32B', boxDim: [16, 2, 2] };

/** What the map would be allowed if one thing about it were not so: pairs around each limit. */
export const tensorMapCases = [
  { what: 'rank 1', allowed: true, change: rank(1) },
  { what: 'rank 5', allowed: true, change: rank(5) },
  { what: 'rank 0', allowed: false, change: rank(0) },
  { what: 'rank 6', allowed: false, change: rank(6) },

  { what: 'an address at 16 bytes', allowed: true, change: { globalAddress: 0x7f00_0000_0010n } },
  { what: 'an address at 8 bytes', allowed: false, change: { globalAddress: 0x7f00_0000_0008n } },
  {
    what: 'an address at 32 bytes with interleave 32B',
    allowed: true,
    change: { ...interleaved32, globalAddress: 0x7f00_0000_0020n },
  },
  {
    what: 'an address at 16 bytes with interleave 32B',
    allowed: false,
    change: { ...interleaved32, globalAddress: 0x7f00_0000_0010n },
  },

  { what: 'a dimension of 2^32', allowed: true, change: { globalDim: [4096, 2 ** 32] } },
  { what: 'a dimension of 2^32 + 1', allowed: false, change: { globalDim: [4096, 2 ** 32 + 1] } },
  { what: 'a dimension of 1', allowed: true, change: { globalDim: [4096, 1] } },
  { what: 'a dimension of 0', allowed: false, change: { globalDim: [4096, 0] } },
  { what: 'an inner dimension of 0', allowed: false, change: { globalDim: [0, 1024] } },

  { what: 'a stride of 16 · n bytes', allowed: true, change: { globalStrides: [8192 + 16] } },
  { what: 'a stride of 16 · n + 8 bytes', allowed: false, change: { globalStrides: [8192 + 8] } },
  { what: 'a stride of 2^40 - 16 bytes', allowed: true, change: { globalStrides: [2 ** 40 - 16] } },
  { what: 'a stride of 2^40 bytes', allowed: false, change: { globalStrides: [2 ** 40] } },
  {
    what: 'a stride of 32 · n bytes with interleave 32B',
    allowed: true,
    change: { ...interleaved32, globalStrides: [160, 1280] },
  },
  {
    what: 'a stride of 32 · n + 16 bytes with interleave 32B',
    allowed: false,
    change: { ...interleaved32, globalStrides: [144, 1152] },
  },

  { what: 'a box of 256', allowed: true, change: { boxDim: [64, 256] } },
  { what: 'a box of 257', allowed: false, change: { boxDim: [64, 257] } },
  { what: 'a box of 1', allowed: true, change: { boxDim: [64, 1] } },
  { what: 'a box of 0', allowed: false, change: { boxDim: [64, 0] } },
  {
    what: 'an inner box of 256 elements without swizzle',
    allowed: true,
    change: { ...bytes, boxDim: [256, 64] },
  },
  { what: 'an inner box of 0', allowed: false, change: { boxDim: [0, 128] } },

  { what: 'an inner box of 16 bytes', allowed: true, change: { boxDim: [8, 128] } },
  { what: 'an inner box of 8 bytes', allowed: false, change: { boxDim: [4, 128] } },
  { what: 'an inner box of 24 bytes', allowed: false, change: { boxDim: [12, 128] } },

  { what: 'an inner box of 128 bytes in swizzle 128B', allowed: true, change: { boxDim: [64, 128] } },
  { what: 'an inner box of 144 bytes in swizzle 128B', allowed: false, change: { boxDim: [72, 128] } },
  {
    what: 'an inner box of 64 bytes in swizzle 64B',
    allowed: true,
    change: { swizzle: '64B', boxDim: [32, 128] },
  },
  {
    what: 'an inner box of 80 bytes in swizzle 64B',
    allowed: false,
    change: { swizzle: '64B', boxDim: [40, 128] },
  },
  {
    what: 'an inner box of 32 bytes in swizzle 32B',
    allowed: true,
    change: { swizzle: '32B', boxDim: [16, 128] },
  },
  {
    what: 'an inner box of 48 bytes in swizzle 32B',
    allowed: false,
    change: { swizzle: '32B', boxDim: [24, 128] },
  },

  { what: 'an element stride of 8', allowed: true, change: { elementStrides: [1, 8] } },
  { what: 'an element stride of 9', allowed: false, change: { elementStrides: [1, 9] } },
  { what: 'an element stride of 0', allowed: false, change: { elementStrides: [1, 0] } },

  { what: 'interleave 16B from rank 3 on', allowed: true, change: interleaved16 },
  {
    what: 'interleave 16B at rank 2',
    allowed: false,
    change: { interleave: '16B', swizzle: 'NONE', boxDim: [8, 128] },
  },
  { what: 'interleave 32B with swizzle 32B', allowed: true, change: interleaved32 },
  {
    what: 'interleave 32B without swizzle',
    allowed: false,
    // The documentation demands swizzle 32B; driver 580.159 takes the map on an H100. The emulator keeps to the documentation.
    acceptedByDrivers: true,
    change: { ...interleaved32, swizzle: 'NONE' },
  },

  { what: 'NaN fill of floats', allowed: true, change: { oobFill: 'NAN_REQUEST_ZERO_FMA' } },
  {
    what: 'NaN fill of bytes',
    allowed: false,
    change: { ...bytes, boxDim: [128, 64], oobFill: 'NAN_REQUEST_ZERO_FMA' },
  },
];

/** The packed types, which the documentation names but not every GPU has: a real driver may refuse them altogether. */
export const packedTensorMapCases = [
  { what: '16U4_ALIGN8B, which counts elements of 4 bits', allowed: true, change: fourBit },
  {
    what: '16U4_ALIGN8B with an inner dimension of 2 · n',
    allowed: true,
    change: { ...fourBit, globalDim: [4094, 1024] },
  },
  {
    what: '16U4_ALIGN8B with an odd inner dimension',
    allowed: false,
    change: { ...fourBit, globalDim: [4095, 1024] },
  },
  {
    what: '16U4_ALIGN8B with an inner box of 8 bytes',
    allowed: false,
    change: { ...fourBit, boxDim: [16, 128] },
  },
  {
    what: '16U4_ALIGN8B with NaN fill',
    allowed: false,
    change: { ...fourBit, oobFill: 'NAN_REQUEST_ZERO_FMA' },
  },

  { what: '16U4_ALIGN16B', allowed: true, change: padded4 },
  {
    what: '16U4_ALIGN16B at 16 bytes',
    allowed: false,
    change: { ...padded4, globalAddress: 0x7f00_0000_0010n },
  },
  {
    what: '16U4_ALIGN16B with a stride of 16 · n bytes',
    allowed: false,
    change: { ...padded4, globalStrides: [2064] },
  },
  {
    what: '16U4_ALIGN16B with an inner dimension of 64 · n',
    allowed: false,
    change: { ...padded4, globalDim: [4160, 1024] },
  },
  {
    what: '16U4_ALIGN16B with an inner box of 256',
    allowed: false,
    change: { ...padded4, boxDim: [256, 64] },
  },
  {
    what: '16U4_ALIGN16B in swizzle 128B_ATOM_32B',
    allowed: true,
    change: { ...padded4, swizzle: '128B_ATOM_32B' },
  },
  {
    what: '16U4_ALIGN16B in swizzle 128B_ATOM_64B',
    allowed: false,
    change: { ...padded4, swizzle: '128B_ATOM_64B' },
  },
  { what: '16U4_ALIGN16B in swizzle 64B', allowed: false, change: { ...padded4, swizzle: '64B' } },

  { what: '16U6_ALIGN16B', allowed: true, change: padded6 },
  {
    what: '16U6_ALIGN16B with an inner box of 64',
    allowed: false,
    change: { ...padded6, boxDim: [64, 128] },
  },
  {
    what: '16U6_ALIGN16B in swizzle 128B_ATOM_64B',
    allowed: true,
    change: { ...padded6, swizzle: '128B_ATOM_64B' },
  },
  { what: '16U6_ALIGN16B in swizzle 32B', allowed: false, change: { ...padded6, swizzle: '32B' } },
  {
    what: '16U6_ALIGN16B with interleave',
    allowed: false,
    change: {
      ...padded6,
      ...rank(3),
      globalDim: [128, 8, 8],
      boxDim: [128, 2, 2],
      interleave: '16B',
      swizzle: 'NONE',
    },
  },
];

/** What the documentation leaves open: a real driver's answers are noted, not judged. */
export const undocumentedTensorMapCases = [
  { what: 'a stride of 0', change: { globalStrides: [0] } },
  { what: 'a stride shorter than a row', change: { globalStrides: [4096] } },
  { what: 'strides that fall', change: { ...rank(3), globalStrides: [1024, 128] } },
  { what: 'an inner element stride of 0 without interleave', change: { elementStrides: [0, 1] } },
  { what: 'an inner element stride of 9 without interleave', change: { elementStrides: [9, 1] } },
  { what: 'a null address', change: { globalAddress: 0n } },
  { what: 'a box larger than the tensor', change: { globalDim: [4096, 8] } },
  {
    what: 'a box of 256 KiB',
    change: {
      dtype: 'UINT8',
      ...rank(3),
      globalDim: [128, 256, 8],
      globalStrides: [128, 32_768],
      boxDim: [128, 256, 8],
    },
  },
];
