import type { BatchedGemmOptions } from '@gemm-preflight/types';
import fc from 'fast-check';
import { hopperConfigurations } from '../rules/hopper-native-1.js';

// What the properties of hopper-native@1 are held against.

const tokens = fc.array(fc.oneof(fc.nat(20), fc.nat(700)), { minLength: 1, maxLength: 24 });

/** Options that are legal but for sizes of shared memory, and without a token. */
export const legalOptions: fc.Arbitrary<BatchedGemmOptions> = fc
  .record({
    base: fc.constantFrom(...Object.values(hopperConfigurations)),
    tokens,
    tileM: fc.constantFrom(128, 256),
    tileN: fc.constantFrom(8, 16, 32, 64, 128),
    numStages: fc.integer({ min: 2, max: 12 }),
    clusterDimX: fc.constantFrom(1, 2),
    slices: fc.constantFrom(1, 1, 2, 4, 8),
    channels: fc.integer({ min: 1, max: 60 }),
    stages: fc.integer({ min: 1, max: 6 }),
    half: fc.boolean(),
  })
  .map(({ base, tokens, tileM, tileN, numStages, clusterDimX, slices, channels, stages, half }) => {
    const { batchM, routeAct } = base;
    const numSlicesForSplitK = batchM || routeAct ? 1 : slices;
    return {
      ...base,
      ...(batchM ? { tileM, clusterDimX } : { tileN, epilogueTileN: tileN, mmaN: tileN }),
      numStages,
      ...{ numSlicesForSplitK, clusterDimZ: numSlicesForSplitK },
      ...(batchM ? { batchedM: tokens, n: channels * 256 } : { batchedN: tokens, m: channels * 128 }),
      k: stages * base.tileK * numSlicesForSplitK,
      numBatches: tokens.length,
      ...(half && !base.useDeepSeekFp8 && { dtypeC: 'Fp16' as const }),
    };
  });

const number = fc.constantFrom(-1, 0, 1, 2, 3, 4, 6, 8, 16, 32, 48, 64, 96, 128, 192, 256, 1000, 2 ** 31 - 1);
const numbers = ['tileM', 'tileN', 'tileK', 'epilogueTileM', 'mmaM', 'mmaN', 'mmaK', 'm', 'n', 'k'] as const;
const counts = ['numStages', 'numSlicesForSplitK', 'clusterDimX', 'clusterDimY', 'clusterDimZ'] as const;
const flags = ['batchM', 'transposeMmaOutput', 'useDeepSeekFp8', 'routeAct', 'useTmaStore'] as const;
const dtype = fc.constantFrom('E4m3', 'Bfloat16', 'Fp16', 'Fp32', 'E5m2', 'Int8', 'Void', 'E2m1');

/** A change of one option. */
const change: fc.Arbitrary<Partial<BatchedGemmOptions>> = fc.oneof(
  fc.tuple(fc.constantFrom(...numbers, ...counts), number).map(([name, value]) => ({ [name]: value })),
  fc.tuple(fc.constantFrom(...flags), fc.boolean()).map(([name, value]) => ({ [name]: value })),
  fc
    .tuple(fc.constantFrom('dtypeElt', 'dtypeC', 'dtypeAcc'), dtype)
    .map(([name, value]) => ({ [name]: value })),
);

/** Legal options, and what some changes make of them. */
export const nearLegal = fc
  .tuple(legalOptions, fc.array(change, { maxLength: 4 }))
  .map(([options, changes]): BatchedGemmOptions => Object.assign({}, options, ...changes));
