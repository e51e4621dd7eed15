import type { BatchedGemmOptions, ParamsAbi, TensorMapSpec } from '@gemm-preflight/types';
import { dtypeBits, paramsAbis } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CommonFields,
  ParamsBlock,
  ParamsError,
  packParams,
  paramsLayouts,
} from '../../src/params/index.js';
import { addresses, baseOptions, kernelOf, mapSpec, planOf } from './plans.js';

/** Stands in for the driver: 128 bytes that tell which map and address they were made of. */
function encodeMap(spec: TensorMapSpec, address: bigint): Uint8Array {
  const map = new Uint8Array(128).fill(spec.map.charCodeAt(3));
  new DataView(map.buffer).setBigUint64(0, address, true);
  return map;
}

function pack(
  changes: Partial<BatchedGemmOptions> = {},
  abi: ParamsAbi = 'trtllm-gen/1',
): ParamsBlock<CommonFields> {
  const options = { ...baseOptions, ...changes };
  const bytes = new Uint8Array(17_280).fill(0xee);
  packParams(planOf(options), kernelOf(options, abi), addresses, encodeMap, bytes);
  return new ParamsBlock(paramsLayouts[abi], bytes);
}

const pointers = [
  'ptrC',
  'ptrScaleC',
  'ptrScaleGate',
  'ptrDqSfsA',
  'ptrDqSfsB',
  'ptrDqSfsC',
  'ptrTileBars',
  'multimemTileBars',
  'ptrCompletionBars',
  'multimemCompletionBars',
  'ptrPartialRowMax',
  'ptrRowMaxCompletionBars',
  'ptrA',
  'ptrB',
  'ptrSfA',
  'ptrSfB',
  'ptrTokens',
  'routeMap',
  'ptrDqSfsTokens',
  'ptrSfTokens',
] as const;

/** The pointers that are not null, by name. */
function pointersOf(block: ParamsBlock<CommonFields>): Record<string, bigint> {
  return Object.fromEntries(
    pointers
      .map((name): [string, bigint] => [name, block.getPointer(name)])
      .filter(([, address]) => address !== 0n),
  );
}

describe.each(paramsAbis)('packing %s', (abi) => {
  it('writes sizes, strides and tables', () => {
    const block = pack({}, abi);
    expect(block.getI32('k')).toBe(512);
    expect(block.getI32('nm')).toBe(256);
    expect(block.getI32('tileStridePerBatch')).toBe(2);
    expect(block.getU64('strideInBytesA')).toBe(512n);
    expect(block.getU64('strideInBytesB')).toBe(512n);
    expect(block.getI32('totalNumPaddedTokens')).toBe(24);
    expect(block.getI32('numTokens')).toBe(12);
    expect(block.getCtaTable('ctaIdxXyToBatchIdx').slice(0, 4)).toEqual([0, 1, 1, 0]);
    expect(block.getCtaTable('ctaIdxXyToMnLimit').slice(0, 4)).toEqual([3, 16, 17, 0]);
  });

  it('describes a single GPU: rank 0 of 1', () => {
    const block = pack({}, abi);
    expect([block.getI32('rank'), block.getI32('tpGrpSize')]).toEqual([0, 1]);
  });

  it('puts each tensor map with its buffer’s address where its name says, and zeros for the absent ones', () => {
    const block = pack({}, abi);
    for (const [name, address] of [
      ['tmaA', addresses.a],
      ['tmaB', addresses.b],
      ['tmaC', addresses.c],
    ] as const) {
      expect(block.getTensorMap(name)).toEqual(encodeMap(mapSpec(name, 'a'), address));
    }
    expect(block.getTensorMap('tmaSfA')).toEqual(new Uint8Array(128));
    expect(block.getTensorMap('tmaSfB')).toEqual(new Uint8Array(128));
  });

  it('leaves nothing of what was in the block before', () => {
    const twice = new Uint8Array(17_280).fill(0xee);
    const once = new Uint8Array(17_280);
    const kernel = kernelOf(baseOptions, abi);
    packParams(planOf(baseOptions), kernel, addresses, encodeMap, twice);
    packParams(planOf(baseOptions), kernel, addresses, encodeMap, once);
    expect(twice).toEqual(once);
  });
});

describe('pointers', () => {
  const always = { ptrA: addresses.a, ptrB: addresses.b, ptrScaleC: addresses.scaleC };

  it('are operands and output scale alone for per-tensor FP8 with TMA store', () => {
    expect(pointersOf(pack())).toEqual(always);
  });

  it('include the output without TMA store', () => {
    expect(pointersOf(pack({ useTmaStore: false }))).toEqual({ ...always, ptrC: addresses.c });
  });

  it('include the input scales for DeepSeek FP8, and the output scales where the output is E4m3', () => {
    const inputs = { ...always, ptrDqSfsA: addresses.dqSfsA, ptrDqSfsB: addresses.dqSfsB };
    expect(pointersOf(pack({ useDeepSeekFp8: true }))).toEqual(inputs);
    expect(pointersOf(pack({ useDeepSeekFp8: true, dtypeC: 'E4m3' }))).toEqual({
      ...inputs,
      ptrDqSfsC: addresses.dqSfsC,
    });
    expect(pointersOf(pack({ dtypeC: 'E4m3' }))).toEqual(always);
  });

  it('include tokens and route map when routing, and their scales where the type has some', () => {
    const routing = { ...always, ptrTokens: addresses.tokens, routeMap: addresses.routeMap };
    expect(pointersOf(pack({ routeAct: true }))).toEqual(routing);
    expect(pointersOf(pack({ routeAct: true, useDeepSeekFp8: true }))).toEqual({
      ...routing,
      ptrDqSfsA: addresses.dqSfsA,
      ptrDqSfsB: addresses.dqSfsB,
      ptrDqSfsTokens: addresses.dqSfsTokens,
    });
  });

  it('include the block scales of NVFP4 only', () => {
    const fp4 = { ...always, ptrSfA: addresses.sfA, ptrSfB: addresses.sfB };
    expect(pointersOf(pack({ dtypeElt: 'E2m1' }))).toEqual(fp4);
    expect(pointersOf(pack({ dtypeElt: 'E2m1', routeAct: true }))).toEqual({
      ...fp4,
      ptrTokens: addresses.tokens,
      routeMap: addresses.routeMap,
      ptrSfTokens: addresses.sfTokens,
    });
  });

  it('are null where the caller has no buffer', () => {
    const bytes = new Uint8Array(17_280);
    const { a, b, c } = addresses;
    packParams(planOf(baseOptions), kernelOf(baseOptions, 'trtllm-gen/1'), { a, b, c }, encodeMap, bytes);
    expect(pointersOf(new ParamsBlock(paramsLayouts['trtllm-gen/1'], bytes))).toEqual({ ptrA: a, ptrB: b });
  });
});

describe('any plan', () => {
  const options = fc
    .record({
      batchM: fc.boolean(),
      mTiles: fc.integer({ min: 1, max: 60 }),
      tileM: fc.constantFrom(64, 128),
      tileN: fc.constantFrom(8, 16, 64, 128),
      k: fc.integer({ min: 1, max: 200 }).map((n) => n * 32),
      dtypeElt: fc.constantFrom('E4m3' as const, 'Fp16' as const, 'Fp32' as const, 'E2m1' as const),
      numTokens: fc.nat({ max: 100_000 }),
    })
    .map(
      ({ mTiles, ...changes }): BatchedGemmOptions => ({
        ...baseOptions,
        ...changes,
        m: mTiles * changes.tileM,
        n: mTiles * changes.tileN,
      }),
    );
  const entry = fc.integer({ min: 0, max: 2 ** 31 - 1 });
  const tables = fc.record({
    ctaIdxXyToBatchIdx: fc.array(entry, { maxLength: 50 }),
    ctaIdxXyToMnLimit: fc.array(entry, { maxLength: 50 }),
    totalNumPaddedTokens: entry,
    tokenOffsets: fc.constant([]),
  });

  it('can be read back from the block', () => {
    fc.assert(
      fc.property(options, tables, fc.constantFrom(...paramsAbis), (one, ctaTables, abi) => {
        const bytes = new Uint8Array(17_280);
        packParams(planOf(one, { ctaTables }), kernelOf(one, abi), addresses, encodeMap, bytes);
        const block = new ParamsBlock(paramsLayouts[abi], bytes);
        const nm = one.batchM ? one.n : one.m;
        expect(block.getI32('k')).toBe(one.k);
        expect(block.getI32('nm')).toBe(nm);
        expect(block.getI32('tileStridePerBatch') * (one.batchM ? one.tileN : one.tileM)).toBe(nm);
        expect(Number(block.getU64('strideInBytesA')) * 8).toBe(one.k * dtypeBits(one.dtypeElt));
        expect(block.getU64('strideInBytesB')).toBe(block.getU64('strideInBytesA'));
        expect(block.getI32('numTokens')).toBe(one.numTokens);
        expect(block.getI32('totalNumPaddedTokens')).toBe(ctaTables.totalNumPaddedTokens);
        for (const name of ['ctaIdxXyToBatchIdx', 'ctaIdxXyToMnLimit'] as const) {
          const table = block.getCtaTable(name);
          expect(table.slice(0, ctaTables[name].length)).toEqual(ctaTables[name]);
          expect(table.slice(ctaTables[name].length).every((value) => value === 0)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('what cannot be packed', () => {
  const kernel = kernelOf(baseOptions, 'trtllm-gen/1');
  const block = new Uint8Array(17_280);

  it('a plan whose buffers have no address', () => {
    const plan = planOf(baseOptions, {
      buffers: [
        { buffer: 'a', bytes: 4096, alignment: 16, access: 'read', optional: false, description: 'weights' },
        { buffer: 'c', bytes: 64, alignment: 16, access: 'write', optional: false, description: 'output' },
        { buffer: 'scaleC', bytes: 4, alignment: 4, access: 'read', optional: true, description: 'scale' },
      ],
    });
    expect(() => packParams(plan, kernel, { b: 1n, c: 0n }, encodeMap, block)).toThrow(
      new ParamsError('no address for "a" (4096 bytes: weights), "c" (64 bytes: output)'),
    );
  });

  it('a tensor map of a buffer that has no address', () => {
    expect(() => packParams(planOf(baseOptions), kernel, { a: 16n }, encodeMap, block)).toThrow(
      'tmaB maps the buffer "b", which has no address',
    );
  });

  it('a kernel that takes another size than its version of the block', () => {
    const other = { ...kernel, paramsStructSize: 17_216 };
    expect(() => packParams(planOf(baseOptions), other, addresses, encodeMap, block)).toThrow(
      'kernel takes 17216 bytes of parameters, its version trtllm-gen/1 has 17280',
    );
  });

  it('into a block of another size', () => {
    expect(() => packParams(planOf(baseOptions), kernel, addresses, encodeMap, new Uint8Array(64))).toThrow(
      ParamsError,
    );
  });

  it('an m that its tile does not divide', () => {
    expect(() => pack({ m: 200 })).toThrow('tiles of m: 200 / 128 is not a whole number');
    expect(() => pack({ batchM: true, n: 12 })).toThrow('tiles of n: 12 / 8 is not a whole number');
  });

  it('a row of half bytes', () => {
    expect(() => pack({ dtypeElt: 'E2m1', k: 3 })).toThrow(
      'a row of 3 E2m1 elements in bytes: 12 / 8 is not a whole number',
    );
  });
});
