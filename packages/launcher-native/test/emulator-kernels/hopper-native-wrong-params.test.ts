import { describe, expect, it } from 'vitest';
import type { EmulatedTensorMap } from '../../src/emulator/tensor-map.js';
import { type CommonFields, type FieldsOfType, ParamsBlock, paramsLayouts } from '../../src/params/index.js';
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
import { type GemmSettings, gemmCase } from './gemm-case.js';
import { hopperNative } from './hopper-native.js';

const small: Partial<GemmSettings> = { k: 256 };
const plain = hopperNative({ batchMode: 'batchN' }, small);
const tokensAsA = hopperNative({ batchMode: 'batchM', clusterDimX: 2 }, { ...small, tokens: [2, 0, 130] });
const sliced = hopperNative({ batchMode: 'batchN', slices: 2 }, small);
const scaled = hopperNative({ batchMode: 'batchN', blockScale: true, dtypeC: 'E4m3' }, small);
const scaledAsA = hopperNative(
  { batchMode: 'batchM', blockScale: true, dtypeC: 'E4m3' },
  { ...small, tokens: [2, 130] },
);
const routed = hopperNative({ batchMode: 'batchN', blockScale: true }, { ...small, routed: true });
const onDevice = hopperNative({ batchMode: 'batchN', blockScale: true, deviceTables: true }, small);

type Pointer = FieldsOfType<CommonFields, 'pointer'>;

describe('a wrong number in the parameter block of a persistent kernel shows', () => {
  it.each<[string, GemmSettings, Damage]>([
    ['k', plain, changed('k', (k) => k - 128)],
    ['k, which the slices share', sliced, changed('k', (k) => k - 128)],
    ['nm', plain, changed('nm', (nm) => nm + 128)],
    ['tileStridePerBatch', plain, changed('tileStridePerBatch', (tiles) => tiles + 1)],
    [
      'nm and tileStridePerBatch',
      plain,
      (block) => {
        changed('nm', (nm) => nm / 2)(block);
        changed('tileStridePerBatch', (tiles) => tiles / 2)(block);
      },
    ],
    [
      'totalNumPaddedTokens, of which the tiles are counted',
      plain,
      changed('totalNumPaddedTokens', (n) => n - 8),
    ],
    [
      'totalNumPaddedTokens, more than the tables have',
      plain,
      changed('totalNumPaddedTokens', () => 2049 * 8),
    ],
    ['totalNumPaddedTokens, the stride of scales', scaled, changed('totalNumPaddedTokens', (n) => n + 8)],
    ['ctaIdxXyToBatchIdx', tokensAsA, changedEntry('ctaIdxXyToBatchIdx', 1, -1)],
    ['ctaIdxXyToMnLimit, less', tokensAsA, changedEntry('ctaIdxXyToMnLimit', 1, -1)],
    ['ctaIdxXyToMnLimit, more', plain, changedEntry('ctaIdxXyToMnLimit', 0, 1)],
    ['numTokens, the stride of scales before routing', routed, changed('numTokens', (n) => n - 1)],
  ])('%s', (_, settings, damage) => expectNoticed(settings, damage));
});

describe('a wrong pointer of a persistent kernel shows', () => {
  it.each<[Pointer, GemmSettings]>([
    ['ptrScaleC', plain],
    ['ptrDqSfsA', scaled],
    ['ptrDqSfsB', scaled],
    ['ptrDqSfsC', scaled],
    ['ptrDqSfsA', scaledAsA],
    ['ptrDqSfsB', scaledAsA],
    ['ptrDqSfsC', scaledAsA],
    ['ptrTokens', routed],
    ['routeMap', routed],
    ['ptrDqSfsTokens', routed],
  ])('%s: a little, far or null', (name, settings) => {
    expectNoticed(settings, elsewhere(name, 16n));
    expectNoticed(settings, elsewhere(name, 4n));
    expectNoticed(settings, elsewhere(name, 0x10_0000_0000n));
    expectNoticed(settings, (block) => block.setPointer(name, 0n));
  });

  it.each([
    'ptrNumNonExitingCtas',
    'ptrTotalNumPaddedTokens',
    'ptrCtaIdxXyToBatchIdx',
    'ptrCtaIdxXyToMnLimit',
  ] as const)('%s: far or null', (name) => {
    const outcomeWith = (change: (address: bigint) => bigint): Uint8Array | string => {
      const gemm = gemmCase(onDevice);
      const block = new ParamsBlock(paramsLayouts['trtllm-gen/2'], gemm.launch.params);
      block.setPointer(name, change(block.getPointer(name)));
      return outcome(gemm);
    };
    expect(correctOutcome(onDevice)).toBeInstanceOf(Uint8Array);
    expect(outcomeWith((address) => address + 0x10_0000_0000n)).toBe('IllegalAddressError');
    expect(outcomeWith(() => 0n)).toBe('IllegalAddressError');
  });

  it('scales that no bulk copy can start at', () => {
    const gemm = gemmCase(scaled);
    elsewhere('ptrDqSfsB', 4n)(new ParamsBlock(paramsLayouts['trtllm-gen/1'], gemm.launch.params));
    expect(outcome(gemm)).toBe('KernelFaultError');
  });

  it('strideInBytesB, where tokens are gathered', () => {
    expectNoticed(routed, (block) => block.setU64('strideInBytesB', block.getU64('strideInBytesB') - 16n));
  });
});

describe.each([
  ['batchN', plain],
  ['batchM', tokensAsA],
] as const)('a wrong tensor map of a persistent kernel shows, %s', (_, settings) => {
  const maps = ['tmaA', 'tmaB', 'tmaC'] as const;
  const changes: readonly (readonly [string, (map: EmulatedTensorMap) => Partial<EmulatedTensorMap>])[] = [
    ['address', ({ globalAddress }) => ({ globalAddress: globalAddress + 16n })],
    ['columns', ({ globalDim: [columns = 0, rows = 0] }) => ({ globalDim: [columns - 16, rows] })],
    ['rows', ({ globalDim: [columns = 0, rows = 0] }) => ({ globalDim: [columns, rows / 2] })],
    ['row stride', ({ globalStrides: [stride = 0] }) => ({ globalStrides: [stride - 16] })],
    ['box columns', ({ boxDim: [columns = 0, rows = 0] }) => ({ boxDim: [columns / 2, rows] })],
    ['box rows', ({ boxDim: [columns = 0, rows = 0] }) => ({ boxDim: [columns, rows * 2] })],
    ['type', () => ({ dtype: 'FLOAT32' })],
    ['swizzle', () => ({ swizzle: '32B' })],
  ];
  it.each(maps.flatMap((map) => changes.map(([name, change]) => [`${map}: ${name}`, map, change] as const)))(
    '%s',
    (_name, map, change) => expectNoticed(settings, changedMap(map, change)),
  );

  it.each(maps)('%s missing', (map) => {
    expectNoticed(settings, (block) => block.setTensorMap(map, new Uint8Array(128)));
  });
});

describe('the box of the output', () => {
  // With E4m3 and the tokens along n, 64 channels are 64 bytes: a narrower swizzle than anywhere else in the family.
  it('of E4m3 is 64 bytes wide with the tokens along n, and 128 with them along m', () => {
    const swizzles = [scaled, scaledAsA].map((settings) => {
      const map = gemmCase(settings).plan.tensorMaps.find(({ buffer }) => buffer === 'c');
      return [map?.boxDim, map?.swizzle];
    });
    expect(swizzles).toEqual([
      [[64, 8], '64B'],
      [[128, 64], '128B'],
    ]);
    expectNoticed(
      scaled,
      changedMap('tmaC', () => ({ swizzle: '128B' })),
    );
  });
});
