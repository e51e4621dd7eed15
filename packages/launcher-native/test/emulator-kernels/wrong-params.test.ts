import { describe, expect, it } from 'vitest';
import { emulateBatchedGemm } from '../../src/emulator/kernels/index.js';
import type { EmulatedTensorMap } from '../../src/emulator/tensor-map.js';
import {
  type CommonFields,
  type FieldsOfType,
  ParamsBlock,
  packParams,
  paramsLayouts,
} from '../../src/params/index.js';
import {
  changed,
  changedEntry,
  changedMap,
  correctOutcome,
  type Damage,
  elsewhere,
  expectNoticed,
  outcome,
} from './damage.js';
import { deepSeek, encodeMap, type GemmSettings, gemmCase, perTensor } from './gemm-case.js';

const routedDeepSeek: GemmSettings = { ...deepSeek, routed: true };
const deepSeekE4m3: GemmSettings = { ...deepSeek, dtypeC: 'E4m3' };

describe('a wrong number in the parameter block shows', () => {
  it.each<[string, GemmSettings, Damage]>([
    ['k', perTensor, changed('k', (k) => k - 128)],
    ['k = 0', perTensor, changed('k', () => 0)],
    ['nm', perTensor, changed('nm', (nm) => nm + 128)],
    ['tileStridePerBatch', perTensor, changed('tileStridePerBatch', (tiles) => tiles + 1)],
    [
      'nm and tileStridePerBatch',
      perTensor,
      (block) => {
        changed('nm', (nm) => nm / 2)(block);
        changed('tileStridePerBatch', (tiles) => tiles / 2)(block);
      },
    ],
    ['ctaIdxXyToBatchIdx', perTensor, changedEntry('ctaIdxXyToBatchIdx', 3, -1)],
    ['ctaIdxXyToBatchIdx, the first', perTensor, changedEntry('ctaIdxXyToBatchIdx', 0, 1)],
    ['ctaIdxXyToBatchIdx beyond the experts', perTensor, changedEntry('ctaIdxXyToBatchIdx', 0, 2 ** 30)],
    ['ctaIdxXyToMnLimit, less', perTensor, changedEntry('ctaIdxXyToMnLimit', 0, -1)],
    ['ctaIdxXyToMnLimit, more', perTensor, changedEntry('ctaIdxXyToMnLimit', 0, 1)],
    ['totalNumPaddedTokens', deepSeek, changed('totalNumPaddedTokens', (tokens) => tokens - 8)],
    ['numTokens', routedDeepSeek, changed('numTokens', (tokens) => tokens - 1)],
  ])('%s', (_, settings, damage) => expectNoticed(settings, damage));
});

describe('a wrong pointer shows', () => {
  it.each<[FieldsOfType<CommonFields, 'pointer'>, GemmSettings]>([
    ['ptrScaleC', perTensor],
    ['ptrDqSfsA', deepSeek],
    ['ptrDqSfsB', deepSeek],
    ['ptrDqSfsC', deepSeekE4m3],
    ['ptrTokens', routedDeepSeek],
    ['routeMap', routedDeepSeek],
    ['ptrDqSfsTokens', routedDeepSeek],
  ])('%s: a little, far or null', (name, settings) => {
    expectNoticed(settings, elsewhere(name, 4n));
    expectNoticed(settings, elsewhere(name, 0x10_0000_0000n));
    expectNoticed(settings, (block) => block.setPointer(name, 0n));
  });

  it('strideInBytesB, where the tokens are gathered', () => {
    expectNoticed(routedDeepSeek, (block) =>
      block.setU64('strideInBytesB', block.getU64('strideInBytesB') - 16n),
    );
  });

  it('strideInBytesA, where they are A', () => {
    expectNoticed({ ...routedDeepSeek, batchMode: 'batchM' }, (block) => block.setU64('strideInBytesA', 16n));
  });

  it('an address in freed memory is illegal', () => {
    const gemm = gemmCase(perTensor);
    gemm.memory.free(gemm.addresses.a ?? 0n);
    expect(outcome(gemm)).toBe('IllegalAddressError');
  });
});

describe.each(['tmaA', 'tmaB', 'tmaC'] as const)('a wrong %s shows', (name) => {
  it.each<[string, (map: EmulatedTensorMap) => Partial<EmulatedTensorMap>]>([
    ['address', ({ globalAddress }) => ({ globalAddress: globalAddress + 16n })],
    ['address far away', ({ globalAddress }) => ({ globalAddress: globalAddress + 0x10_0000_0000n })],
    ['columns', ({ globalDim: [columns = 0, rows = 0] }) => ({ globalDim: [columns - 16, rows] })],
    ['rows', ({ globalDim: [columns = 0, rows = 0] }) => ({ globalDim: [columns, rows - 16] })],
    ['row stride', ({ globalStrides: [stride = 0] }) => ({ globalStrides: [stride - 16] })],
    ['box columns', ({ boxDim: [columns = 0, rows = 0] }) => ({ boxDim: [columns / 2, rows] })],
    ['box rows', ({ boxDim: [columns = 0, rows = 0] }) => ({ boxDim: [columns, rows * 2] })],
    ['type', () => ({ dtype: 'FLOAT32' })],
    ['swizzle', () => ({ swizzle: '64B' })],
    ['interleave', () => ({ interleave: '16B' })],
    ['element strides', () => ({ elementStrides: [1, 2] })],
    ['rank', () => ({ globalDim: [16, 16, 16], globalStrides: [16, 256], boxDim: [16, 16, 1] })],
  ])('%s', (_, change) => expectNoticed(perTensor, changedMap(name, change)));

  it('missing', () => {
    expectNoticed(perTensor, (block) => block.setTensorMap(name, new Uint8Array(128)));
  });
});

describe('a wrong launch shows', () => {
  it('a grid that is too small leaves output unwritten, a larger one changes nothing in the output', () => {
    const outcomeWithGrid = (x: number, y: number): Uint8Array | string => {
      const gemm = gemmCase(perTensor);
      return outcome({ ...gemm, launch: { ...gemm.launch, grid: { x, y, z: 1 } } });
    };
    const { x, y } = gemmCase(perTensor).plan.grid;
    expect(outcomeWithGrid(x, y)).toEqual(correctOutcome(perTensor));
    expect(outcomeWithGrid(x - 1, y)).not.toEqual(correctOutcome(perTensor));
    expect(outcomeWithGrid(x, y - 1)).not.toEqual(correctOutcome(perTensor));
    expect(outcomeWithGrid(x + 1, y + 1)).toEqual(correctOutcome(perTensor));
    expect(outcomeWithGrid(x, 2049)).toBe('KernelFaultError');
  });

  it('tables and tensor maps at the offsets of the other version of the block', () => {
    const gemm = gemmCase(deepSeek);
    packParams(
      gemm.plan,
      { ...gemm.kernel, paramsAbi: 'trtllm-gen/2' },
      gemm.addresses,
      encodeMap,
      gemm.launch.params,
    );
    expect(outcome(gemm)).not.toEqual(correctOutcome(deepSeek));
  });

  it('threads and shared memory that the kernel was not compiled for', () => {
    const gemm = gemmCase(perTensor);
    const launches = [
      { ...gemm.launch, block: { x: 128, y: 1, z: 1 } },
      { ...gemm.launch, sharedMemBytes: 1023 },
    ];
    expect(launches.map((launch) => outcome({ ...gemm, launch }))).toEqual([
      'KernelFaultError',
      'KernelFaultError',
    ]);
  });
});

describe('messages of faults', () => {
  const messageOf = (damage: Damage): string => {
    const gemm = gemmCase(perTensor);
    damage(new ParamsBlock(paramsLayouts['trtllm-gen/1'], gemm.launch.params));
    try {
      emulateBatchedGemm(gemm.kernel)(gemm.launch);
    } catch (error) {
      return error instanceof Error ? error.message : 'not an error';
    }
    return 'no error';
  };

  it.each<[string, Damage]>([
    [
      'tmaA in the parameter block is not a tensor map',
      (block) => block.setTensorMap('tmaA', new Uint8Array(128)),
    ],
    [
      'tmaB has boxes of 128 × 16 elements, the kernel waits for 128 × 8',
      changedMap('tmaB', ({ boxDim: [columns = 0] }) => ({ boxDim: [columns, 16] })),
    ],
    ['tmaC has swizzle 32B, the kernel undoes 128B', changedMap('tmaC', () => ({ swizzle: '32B' }))],
    ['nm is 300, but tileStridePerBatch says 2 tiles of 128', changed('nm', () => 300)],
  ])('%s', (message, damage) => {
    expect(messageOf(damage)).toBe(message);
  });
});
