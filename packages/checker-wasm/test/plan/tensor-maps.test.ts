import { type BatchedGemmOptions, type Dtype, dtypeNames, type TensorMapSpec } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { PlanError } from '../../src/plan/plan-error.js';
import { tensorMaps } from '../../src/plan/tensor-maps.js';
import { fp4, fp8, fp8BatchM } from '../configurations.js';

const mapNamed = (map: string, o: BatchedGemmOptions, paddedTokens = 40): TensorMapSpec => {
  const found = tensorMaps(o, paddedTokens).find((spec) => spec.map === map);
  if (found === undefined) throw new Error(`there is no ${map}`);
  return found;
};

const namesOf = (o: BatchedGemmOptions) => tensorMaps(o, 40).map(({ map }) => map);

const errorOf = (body: () => unknown): unknown => {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('the maps of a launch', () => {
  it('with tokens along n: A holds all experts’ weights, B the padded tokens', () => {
    // tile 128×8×128, epilogue 64×8, m 1536, k 2048, 4 batches of 40 padded tokens in all
    expect(tensorMaps(fp8, 40)).toEqual([
      {
        map: 'tmaA',
        buffer: 'a',
        dtype: 'UINT8',
        globalDim: [2048, 6144],
        globalStrides: [2048],
        boxDim: [128, 128],
        elementStrides: [1, 1],
        swizzle: '128B',
      },
      {
        map: 'tmaB',
        buffer: 'b',
        dtype: 'UINT8',
        globalDim: [2048, 40],
        globalStrides: [2048],
        boxDim: [128, 8],
        elementStrides: [1, 1],
        swizzle: '128B',
      },
      {
        map: 'tmaC',
        buffer: 'c',
        dtype: 'BFLOAT16',
        globalDim: [1536, 40],
        globalStrides: [3072],
        boxDim: [64, 8],
        elementStrides: [1, 1],
        swizzle: '128B',
      },
    ]);
  });

  it('with tokens along m: A holds the padded tokens, B all experts’ weights', () => {
    // tile 128×128×128, epilogue 64×64, n 1536, k 2048, 2 batches of 512 padded tokens in all
    expect(tensorMaps(fp8BatchM, 512)).toEqual([
      {
        map: 'tmaA',
        buffer: 'a',
        dtype: 'UINT8',
        globalDim: [2048, 512],
        globalStrides: [2048],
        boxDim: [128, 128],
        elementStrides: [1, 1],
        swizzle: '128B',
      },
      {
        map: 'tmaB',
        buffer: 'b',
        dtype: 'UINT8',
        globalDim: [2048, 3072],
        globalStrides: [2048],
        boxDim: [128, 128],
        elementStrides: [1, 1],
        swizzle: '128B',
      },
      {
        map: 'tmaC',
        buffer: 'c',
        dtype: 'BFLOAT16',
        globalDim: [1536, 512],
        globalStrides: [3072],
        boxDim: [64, 64],
        elementStrides: [1, 1],
        swizzle: '128B',
      },
    ]);
  });

  it('has none of the output where it is not stored through the TMA', () => {
    expect(namesOf({ ...fp8, useTmaStore: false })).toEqual(['tmaA', 'tmaB']);
  });

  it('has none of activations that are gathered through a routing map', () => {
    expect(namesOf({ ...fp8, routeAct: true })).toEqual(['tmaA', 'tmaC']);
    expect(namesOf({ ...fp8BatchM, routeAct: true })).toEqual(['tmaB', 'tmaC']);
  });
});

describe('tmaC', () => {
  const sizes = { m: 1536, n: 768, tileM: 128, tileN: 128, epilogueTileM: 64, epilogueTileN: 32 } as const;

  it.each([
    ['batchN, transposed: rows of m', fp8, true, [1536, 40], [3072], [64, 32], '128B'],
    ['batchN, row-major: rows of n', fp8, false, [768, 40], [1536], [32, 64], '64B'],
    ['batchM, transposed: rows of m', fp8BatchM, true, [1536, 40], [3072], [64, 32], '128B'],
    ['batchM, row-major: rows of n', fp8BatchM, false, [768, 40], [1536], [32, 64], '64B'],
  ])('%s', (_, base, transposeMmaOutput, globalDim, globalStrides, boxDim, swizzle) => {
    const map = mapNamed('tmaC', { ...base, ...sizes, transposeMmaOutput });
    expect(map).toMatchObject({ globalDim, globalStrides, boxDim, swizzle });
  });

  it('has half the row and half the inner tile after a fused activation', () => {
    expect(mapNamed('tmaC', { ...fp8, useFusedAct: true })).toMatchObject({
      globalDim: [768, 40],
      globalStrides: [1536],
      boxDim: [32, 8],
      swizzle: '64B',
    });
  });

  it('has boxes of 128 bytes where the epilogue’s tile is wider', () => {
    expect(mapNamed('tmaC', { ...fp8, epilogueTileM: 128 }).boxDim).toEqual([64, 8]);
  });
});

describe('element types', () => {
  it.each([
    ['E4m3', 'UINT8', [2048], [128, 128]],
    ['Fp16', 'FLOAT16', [4096], [64, 128]],
    ['Bfloat16', 'BFLOAT16', [4096], [64, 128]],
    ['Fp32', 'FLOAT32', [8192], [32, 128]],
    ['E2m1', '16U4_ALIGN8B', [1024], [256, 128]],
  ] as const)('%s travels as %s', (dtypeElt, dtype, globalStrides, boxDim) => {
    const tileK = { E4m3: 128, Fp16: 64, Bfloat16: 64, Fp32: 32, E2m1: 256 }[dtypeElt];
    const map = mapNamed('tmaA', { ...fp8, dtypeElt, tileK });
    expect(map).toMatchObject({ dtype, globalDim: [2048, 6144], globalStrides, boxDim, swizzle: '128B' });
    expect(mapNamed('tmaB', { ...fp8, dtypeElt, tileK }).dtype).toBe(dtype);
  });

  it.each([
    ['E4m3', 'UINT8', [1536], [64, 8], '64B'],
    ['Fp16', 'FLOAT16', [3072], [64, 8], '128B'],
    ['Bfloat16', 'BFLOAT16', [3072], [64, 8], '128B'],
    ['Fp32', 'FLOAT32', [6144], [32, 8], '128B'],
    ['E2m1', '16U4_ALIGN8B', [768], [64, 8], '32B'],
  ] as const)('an output of %s travels as %s', (dtypeC, dtype, globalStrides, boxDim, swizzle) => {
    expect(mapNamed('tmaC', { ...fp8, dtypeC })).toMatchObject({ dtype, globalStrides, boxDim, swizzle });
  });

  const mappable: readonly Dtype[] = ['E4m3', 'Fp16', 'Bfloat16', 'Fp32', 'E2m1'];
  const others = dtypeNames.filter((dtype) => !mappable.includes(dtype));

  it.each(others)('%s cannot travel: one line names it, the map and what can', (dtype) => {
    for (const [options, map] of [
      [{ ...fp8, dtypeElt: dtype }, 'tmaA'],
      [{ ...fp8, dtypeC: dtype }, 'tmaC'],
    ] as const) {
      const error = errorOf(() => tensorMaps(options, 40));
      expect(error).toBeInstanceOf(PlanError);
      expect((error as PlanError).message).toBe(
        `no tensor map can carry ${dtype} (${map}); the TMA knows E4m3, Fp16, Bfloat16, Fp32, E2m1`,
      );
    }
  });
});

describe('the swizzle', () => {
  it.each([
    [32, '32B', 32],
    [64, '64B', 64],
    [128, '128B', 128],
    [256, '128B', 128],
    [384, '128B', 128],
  ])('of tile rows of %i bytes is %s', (tileK, swizzle, innerBox) => {
    for (const map of ['tmaA', 'tmaB']) {
      expect(mapNamed(map, { ...fp8, tileK })).toMatchObject({
        swizzle,
        boxDim: [innerBox, expect.anything()],
      });
    }
  });

  it.each([
    ['A', { ...fp8, tileK: 16 }, 'tmaA has tile rows of 16 bytes'],
    ['A, above 32 bytes', { ...fp8, tileK: 48 }, 'tmaA has tile rows of 48 bytes'],
    ['A, above 128 bytes', { ...fp8, tileK: 136 }, 'tmaA has tile rows of 136 bytes'],
    ['A of half bytes', { ...fp8, dtypeElt: 'E2m1', tileK: 32 }, 'tmaA has tile rows of 16 bytes'],
    ['A of no bytes', { ...fp8, tileK: 0 }, 'tmaA has tile rows of 0 bytes'],
    ['the output', { ...fp8, epilogueTileM: 8 }, 'tmaC has tile rows of 16 bytes'],
    ['half the output', { ...fp8, useFusedAct: true, epilogueTileM: 16 }, 'tmaC has tile rows of 16 bytes'],
    [
      'the routed batch’s weights',
      { ...fp8BatchM, routeAct: true, tileK: 16 },
      'tmaB has tile rows of 16 bytes',
    ],
  ] as const)(
    'is refused in one line where 32 bytes do not divide the tile rows of %s',
    (_, options, message) => {
      const error = errorOf(() => tensorMaps(options, 40));
      expect(error).toBeInstanceOf(PlanError);
      expect((error as PlanError).message).toBe(`${message}; the TMA’s swizzles need a multiple of 32`);
    },
  );
});

describe('NVFP4 scales', () => {
  it('come in blocks of 512 bytes for 128 rows and 64 elements of k', () => {
    // tile 128×128×256, m 1536, k 2048, 4 batches of 384 padded tokens in all
    expect(tensorMaps(fp4, 384).slice(3)).toEqual([
      {
        map: 'tmaSfA',
        buffer: 'sfA',
        dtype: 'UINT8',
        globalDim: [256, 2, 32, 48],
        globalStrides: [256, 512, 16_384],
        boxDim: [256, 2, 4, 1],
        elementStrides: [1, 1, 1, 1],
        swizzle: 'NONE',
      },
      {
        map: 'tmaSfB',
        buffer: 'sfB',
        dtype: 'UINT8',
        globalDim: [256, 2, 32, 3],
        globalStrides: [256, 512, 16_384],
        boxDim: [256, 2, 4, 1],
        elementStrides: [1, 1, 1, 1],
        swizzle: 'NONE',
      },
    ]);
  });

  it('with tokens along m, are those of the tokens in A', () => {
    const options: BatchedGemmOptions = { ...fp8BatchM, dtypeElt: 'E2m1', tileK: 256 };
    expect(mapNamed('tmaSfA', options, 512).globalDim).toEqual([256, 2, 32, 4]);
    expect(mapNamed('tmaSfB', options, 512).globalDim).toEqual([256, 2, 32, 24]);
  });

  it('fill whole blocks where rows and k do not', () => {
    const options = { ...fp4, k: 2080, tileN: 192 };
    const map = mapNamed('tmaSfB', options, 192);
    expect(map.globalDim).toEqual([256, 2, 33, 2]);
    expect(map.globalStrides).toEqual([256, 512, 33 * 512]);
    expect(map.boxDim).toEqual([256, 2, 4, 2]);
  });

  it('have no map where their tokens are gathered', () => {
    expect(namesOf({ ...fp4, routeAct: true })).toEqual(['tmaA', 'tmaC', 'tmaSfA']);
  });

  it('belong to no other type', () => {
    expect(namesOf(fp8)).toEqual(['tmaA', 'tmaB', 'tmaC']);
    expect(namesOf({ ...fp8, dtypeC: 'E2m1' })).toEqual(['tmaA', 'tmaB', 'tmaC']);
  });
});
