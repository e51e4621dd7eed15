import { targets } from '@gemm-preflight/types';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { result } from '../../src/driver/index.js';
import { cudaAbi } from '../../src/driver/sys/index.js';
import { brokenTensorMapRule, decodeTensorMap } from '../../src/emulator/index.js';
import { cudaErrorOf, emulatedContext } from './emulated.js';
import { packedTensorMapCases, tensorMapCases, validMap as valid } from './tensor-map-cases.mjs';

type Map = result.tensorMap.TiledTensorMap;

const cases = [...tensorMapCases, ...packedTensorMapCases];

function encode(map: Map, target = new Uint8Array(128)): Uint8Array {
  using context = emulatedContext();
  context.encodeTensorMap(map, target);
  return target;
}

describe('the emulated cuTensorMapEncodeTiled', () => {
  it.each(cases.filter(({ allowed }) => allowed))('accepts $what', ({ change }) => {
    const map = { ...valid, ...change };
    expect(brokenTensorMapRule(map)).toBeUndefined();
    expect(decodeTensorMap(encode(map))).toEqual(map);
  });

  it.each(cases.filter(({ allowed }) => !allowed))('refuses $what', ({ change }) => {
    const map = { ...valid, ...change };
    expect(brokenTensorMapRule(map)).toEqual(expect.any(String));
    expect(cudaErrorOf(() => encode(map)).name).toBe('CUDA_ERROR_INVALID_VALUE');
  });

  it('names the constraint that a map breaks', () => {
    expect(brokenTensorMapRule({ ...valid, boxDim: [72, 128] })).toBe(
      'the inner box is within the swizzle span without interleave',
    );
  });

  it('does not exist before Hopper', () => {
    using context = emulatedContext({ target: { ...targets.h100, smVersion: 89 } });
    const error = cudaErrorOf(() => context.encodeTensorMap(valid, new Uint8Array(128)));
    expect(error.name).toBe('CUDA_ERROR_NOT_SUPPORTED');
  });

  it.each([
    ['dataType', 1, 16],
    ['interleave', 8, 3],
    ['swizzle', 9, 7],
    ['l2Promotion', 10, 4],
    ['oobFill', 11, 2],
  ])('refuses an enumerator that does not exist: %s', (_, position, value) => {
    using context = emulatedContext();
    context.makeCurrent();
    const [wide, narrow] = [BigUint64Array.of(64n, 64n), Uint32Array.of(16, 1)];
    const args: Parameters<typeof context.calls.cuTensorMapEncodeTiled> = [
      new Uint8Array(128),
      0,
      2,
      0n,
      wide,
      wide,
      narrow,
      Uint32Array.of(1, 1),
      0,
      0,
      0,
      0,
    ];
    expect(context.calls.cuTensorMapEncodeTiled(...args)).toBe(0);
    args[position] = value;
    expect(context.calls.cuTensorMapEncodeTiled(...args)).toBe(1);
  });
});

describe('encoding a tensor map', () => {
  it('fills in defaults: no interleave, L2 promotion of 128 bytes, zeros out of bounds', () => {
    const { interleave: _, l2Promotion: __, oobFill: ___, ...rest } = valid;
    expect(decodeTensorMap(encode(rest))).toEqual(valid);
  });

  it('writes 128 bytes at the start of the target, whatever its alignment', () => {
    const whole = new Uint8Array(200).fill(0x11);
    encode(valid, whole.subarray(3));
    expect(decodeTensorMap(whole.subarray(3))).toEqual(valid);
    expect([...whole.subarray(0, 3), ...whole.subarray(131)].every((byte) => byte === 0x11)).toBe(true);
  });

  it('shows the map in the error', () => {
    expect(cudaErrorOf(() => encode({ ...valid, globalStrides: [8200] })).message).toMatch(
      /^CUDA_ERROR_INVALID_VALUE \(1\) from cuTensorMapEncodeTiled\(dtype: BFLOAT16, globalAddress: 0x7f0000000000, globalDim: \[4096, 1024\], globalStrides: \[8200\], /,
    );
  });

  it.each<[Partial<Map>, string]>([
    [
      { globalStrides: [] },
      'A tensor map of 2 dimensions has 1 strides, 2 box extents and 2 element strides, not 0, 2 and 2.',
    ],
    [
      { boxDim: [64] },
      'A tensor map of 2 dimensions has 1 strides, 2 box extents and 2 element strides, not 1, 1 and 2.',
    ],
    [
      { elementStrides: [1, 1, 1] },
      'A tensor map of 2 dimensions has 1 strides, 2 box extents and 2 element strides, not 1, 2 and 3.',
    ],
    [
      { boxDim: [2 ** 32 + 64, 128] },
      "A tensor map's boxDim takes whole numbers from 0 to 4294967295, not 4294967360.",
    ],
    [
      { elementStrides: [1, 1.5] },
      "A tensor map's elementStrides takes whole numbers from 0 to 4294967295, not 1.5.",
    ],
    [
      { globalDim: [4096, -1] },
      "A tensor map's globalDim takes whole numbers from 0 to 9007199254740991, not -1.",
    ],
    [
      { globalStrides: [Number.NaN] },
      "A tensor map's globalStrides takes whole numbers from 0 to 9007199254740991, not NaN.",
    ],
    [{ globalAddress: 2n ** 64n }, "A tensor map's globalAddress takes 64 bits, not 0x10000000000000000."],
    [{ globalAddress: -16n }, "A tensor map's globalAddress takes 64 bits, not 0x-10."],
  ])('rejects what would not reach the driver as it is: %o', (change, message) => {
    expect(() => encode({ ...valid, ...change })).toThrow(message);
    expect(() => encode({ ...valid, ...change })).toThrow(RangeError);
  });

  it('rejects a target that is too short', () => {
    expect(() => encode(valid, new Uint8Array(127))).toThrow(
      'A tensor map has 128 bytes; the target has 127.',
    );
  });
});

describe('decodeTensorMap', () => {
  const names = <Table extends object>(table: Table) =>
    fc.constantFrom(...(Object.keys(table) as (keyof Table)[]));
  const anyMap = fc.integer({ min: 1, max: 5 }).chain((rank) => {
    const array = (length: number, max: number, step = 1) =>
      fc.array(
        fc.integer({ min: 1, max }).map((value) => value * step),
        { minLength: length, maxLength: length },
      );
    return fc.record({
      dtype: names(cudaAbi.tensorMapDataTypes),
      globalAddress: fc.bigInt({ min: 0n, max: 2n ** 59n - 1n }).map((value) => 32n * value),
      globalDim: array(rank, 2 ** 25, 128),
      globalStrides: array(rank - 1, 2 ** 35 - 1, 32),
      boxDim: array(rank, 256),
      elementStrides: array(rank, 8),
      interleave: names(cudaAbi.tensorMapInterleaves),
      swizzle: names(cudaAbi.tensorMapSwizzles),
      l2Promotion: names(cudaAbi.tensorMapL2Promotions),
      oobFill: names(cudaAbi.tensorMapOobFills),
    });
  });

  it('returns exactly what was encoded, for every map that is accepted', () => {
    using context = emulatedContext();
    fc.assert(
      fc.property(anyMap, (map) => {
        fc.pre(brokenTensorMapRule(map) === undefined);
        const bytes = new Uint8Array(128);
        context.encodeTensorMap(map, bytes);
        expect(decodeTensorMap(bytes)).toEqual(map);
      }),
    );
  });

  it('is undefined for bytes that the emulator did not write', () => {
    expect(decodeTensorMap(new Uint8Array(128))).toBeUndefined();
    expect(decodeTensorMap(encode(valid).subarray(0, 127))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 128, maxLength: 128 }), (bytes) => {
        expect(decodeTensorMap(bytes)).toBeUndefined();
      }),
    );
  });
});
