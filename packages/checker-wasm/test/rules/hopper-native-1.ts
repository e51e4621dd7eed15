import type { BatchedGemmOptions } from '@gemm-preflight/types';
import { fp8 } from '../configurations.js';
import type { Rewrite } from './rewrites.js';
import type { Violation } from './violation.js';

// Configurations that hopper-native@1 takes on an H100 as they are, and its rules from both sides.

/** FP8, few tokens of each expert: they lie along n. */
export const decode: BatchedGemmOptions = fp8;

/** FP8, many tokens: they lie along m, and two CTAs share them. */
export const prefill: BatchedGemmOptions = {
  ...fp8,
  ...{ batchM: true, transposeMmaOutput: false, clusterDimX: 2 },
  ...{ tileM: 256, tileN: 128, epilogueTileN: 128, mmaN: 128 },
  ...{ batchedM: [300, 17], batchedN: [], numTokens: 317, numBatches: 2, m: 512, n: 1536 },
};

/** DeepSeek FP8, of either mode. */
const scales = { useDeepSeekFp8: true, atol: Math.fround(1e-2), rtol: Math.fround(1e-2) };
export const scaledDecode: BatchedGemmOptions = { ...decode, ...scales };
export const scaledPrefill: BatchedGemmOptions = { ...prefill, ...scales };

/** Activations gathered by the kernel. */
export const routed: BatchedGemmOptions = { ...scaledDecode, routeAct: true, numTokens: 9 };

/** Four slices of k, summed in their cluster's shared memory. */
export const sliced: BatchedGemmOptions = {
  ...decode,
  ...{ numSlicesForSplitK: 4, clusterDimZ: 4, splitK: 'Dsmem' as const },
};

/** 16-bit inputs: a stage is as many bytes of k, and half as many elements. */
export const halves: BatchedGemmOptions = {
  ...decode,
  ...{ dtypeElt: 'Bfloat16' as const, tileK: 64, mmaK: 16, atol: Math.fround(2e-4) },
};

export const hopperConfigurations: Readonly<Record<string, BatchedGemmOptions>> = {
  decode,
  prefill,
  scaledDecode,
  scaledPrefill,
  routed,
  sliced,
  halves,
};

const on = { ruleSet: 'hopper-native@1', satisfiedOn: 'h100', violatedOn: 'h100' } as const;

export const hopperViolations: readonly Violation[] = [
  {
    ...on,
    rule: 'needs-hopper',
    of: decode,
    satisfiedBy: {},
    violatedBy: {},
    violatedOn: 'b200',
    names: ['b200', 'sm100'],
  },
  {
    ...on,
    rule: 'hopper-inputs',
    of: decode,
    satisfiedBy: { dtypeElt: 'E4m3' },
    violatedBy: { dtypeElt: 'E5m2' },
    names: ['dtypeElt is E5m2'],
    fixes: [{ dtypeElt: 'E4m3' }, { dtypeElt: 'Bfloat16' }],
  },
  {
    ...on,
    rule: 'hopper-accumulators',
    of: decode,
    satisfiedBy: { dtypeAcc: 'Fp32' },
    violatedBy: { dtypeAcc: 'Fp16' },
    names: ['dtypeAcc is Fp16'],
    fixes: [{ dtypeAcc: 'Fp32' }],
  },
  {
    ...on,
    rule: 'hopper-output',
    when: 'is of another type',
    of: decode,
    satisfiedBy: { dtypeC: 'Fp16' },
    violatedBy: { dtypeC: 'Fp32' },
    names: ['dtypeC is Fp32', 'Bfloat16, Fp16, E4m3'],
    fixes: [{ dtypeC: 'Bfloat16' }],
    culprits: ['dtypeC'],
  },
  {
    ...on,
    rule: 'hopper-output',
    when: 'would be scaled in 16 bits of the other kind',
    of: scaledPrefill,
    satisfiedBy: { dtypeC: 'E4m3' },
    violatedBy: { dtypeC: 'Fp16' },
    names: ['dtypeC is Fp16', 'Bfloat16, E4m3'],
    fixes: [{ dtypeC: 'Bfloat16' }],
    culprits: ['dtypeC'],
  },
  {
    ...on,
    rule: 'hopper-output',
    when: 'is narrower than 16-bit inputs',
    of: halves,
    satisfiedBy: { dtypeC: 'Void' },
    violatedBy: { dtypeC: 'E4m3' },
    names: ['dtypeC is E4m3', 'Bfloat16, Fp16'],
    fixes: [{ dtypeC: 'Bfloat16' }],
    culprits: ['dtypeC'],
  },
  {
    ...on,
    rule: 'hopper-tile',
    when: 'has too few rows for batchN',
    of: decode,
    satisfiedBy: { tileM: 128 },
    violatedBy: { tileM: 64 },
    names: ['tileM 64', 'tileN 8', '128 by 8, 16, 32, 64, 128'],
    fixes: [{ tileM: 128 }],
    culprits: ['tileM'],
  },
  {
    ...on,
    rule: 'hopper-tile',
    when: 'is as wide as no instruction of the family',
    of: decode,
    satisfiedBy: { tileN: 128 },
    violatedBy: { tileN: 48 },
    names: ['tileN 48'],
    fixes: [{ tileN: 64 }],
    culprits: ['tileN'],
  },
  {
    ...on,
    rule: 'hopper-tile',
    when: 'would be wider than the widest',
    of: decode,
    satisfiedBy: { tileN: 64 },
    violatedBy: { tileN: 256, numStages: 2 },
    names: ['tileN 256'],
    fixes: [{ tileN: 128 }],
    culprits: ['tileN'],
  },
  {
    ...on,
    rule: 'hopper-tile',
    when: 'has channels of batchM in another number',
    of: { ...prefill, clusterDimX: 1 },
    satisfiedBy: { tileM: 128 },
    violatedBy: { tileM: 192, tileN: 64 },
    names: ['tileM 192', 'tileN 64', 'batchM', '128 or 256 by 128'],
    fixes: [{ tileM: 256, tileN: 128 }],
    culprits: ['tileM', 'tileN'],
  },
  {
    ...on,
    rule: 'pipeline-stages',
    of: decode,
    satisfiedBy: { numStages: 2 },
    violatedBy: { numStages: 1 },
    names: ['numStages is 1'],
    fixes: [{ numStages: 2 }],
  },
  {
    ...on,
    rule: 'cluster-of-two',
    when: 'along x, with batchN',
    of: decode,
    satisfiedBy: { clusterDimX: 1 },
    violatedBy: { clusterDimX: 2 },
    names: ['2×1', 'batchN it is 1×1'],
    fixes: [{ clusterDimX: 1 }],
    culprits: ['clusterDimX'],
  },
  {
    ...on,
    rule: 'cluster-of-two',
    when: 'along both, with batchM',
    of: prefill,
    satisfiedBy: { clusterDimX: 1 },
    violatedBy: { clusterDimX: 3, clusterDimY: 2 },
    names: ['3×2', '1×1 or 2×1'],
    fixes: [{ clusterDimX: 1, clusterDimY: 1 }],
    culprits: ['clusterDimX', 'clusterDimY'],
  },
  {
    ...on,
    rule: 'cluster-divides-hidden',
    of: prefill,
    satisfiedBy: { n: 1280 },
    violatedBy: { n: 1408 },
    names: ['tileN 128', 'n 1408 has 11'],
    fixes: [{ n: 1536 }, { clusterDimX: 1 }],
  },
  {
    ...on,
    rule: 'split-k-slices',
    when: 'of another number',
    of: { ...sliced, k: 3072 },
    satisfiedBy: { numSlicesForSplitK: 8, clusterDimZ: 8 },
    violatedBy: { numSlicesForSplitK: 6, clusterDimZ: 6 },
    names: ['numSlicesForSplitK is 6', '1, 2, 4 or 8'],
    fixes: [{ numSlicesForSplitK: 4, clusterDimZ: 4 }],
    culprits: ['numSlicesForSplitK'],
  },
  {
    ...on,
    rule: 'split-k-slices',
    when: 'with batchM',
    of: { ...prefill, clusterDimX: 1 },
    satisfiedBy: {},
    violatedBy: { numSlicesForSplitK: 2, clusterDimZ: 2 },
    names: ['numSlicesForSplitK is 2', 'batchM it is 1'],
    fixes: [{ numSlicesForSplitK: 1, clusterDimZ: 1 }],
    culprits: ['numSlicesForSplitK'],
  },
  {
    ...on,
    rule: 'route-act-alone',
    when: 'without scales',
    of: decode,
    satisfiedBy: { routeAct: false },
    violatedBy: { routeAct: true },
    names: ['useDeepSeekFp8 is false', 'clusterDimX 1', 'numSlicesForSplitK 1'],
    fixes: [{ routeAct: false }, { useDeepSeekFp8: true }],
  },
  {
    ...on,
    rule: 'route-act-alone',
    when: 'in a cluster',
    of: scaledPrefill,
    satisfiedBy: { routeAct: true, clusterDimX: 1 },
    violatedBy: { routeAct: true, clusterDimX: 2 },
    names: ['clusterDimX 2'],
    fixes: [{ routeAct: false }, { clusterDimX: 1 }],
  },
  {
    ...on,
    rule: 'route-act-alone',
    when: 'with a split k',
    of: { ...sliced, ...scales },
    satisfiedBy: { routeAct: false },
    violatedBy: { routeAct: true },
    names: ['numSlicesForSplitK 4'],
    fixes: [{ routeAct: false }, { clusterDimZ: 1, numSlicesForSplitK: 1 }],
  },
  {
    ...on,
    rule: 'all-reduce-unsupported',
    of: decode,
    satisfiedBy: { allReduceAlgo: 'None' },
    violatedBy: { allReduceAlgo: 'OneShot' },
    names: ['OneShot'],
    fixes: [{ allReduceAlgo: 'None' }],
  },
  {
    ...on,
    rule: 'shuffle-unsupported',
    of: decode,
    satisfiedBy: { useShuffledMatrixA: false },
    violatedBy: { useShuffledMatrixA: true },
    names: ['useShuffledMatrixA'],
    fixes: [{ useShuffledMatrixA: false }],
  },
  {
    ...on,
    rule: 'split-k-cluster-size',
    when: 'by hopper-native@1, which has no other place to sum slices',
    of: sliced,
    satisfiedBy: { clusterDimZ: 4 },
    violatedBy: { clusterDimZ: 1 },
    names: ['4 slices', 'clusterDimZ is 1'],
    fixes: [{ clusterDimZ: 4 }, { numSlicesForSplitK: 1 }],
  },
  {
    ...on,
    rule: 'shared-memory-limit',
    when: 'by the layout of hopper-native@1',
    of: scaledDecode,
    satisfiedBy: { numStages: 13 },
    violatedBy: { numStages: 14 },
    names: ['A 224 KiB (16 KiB × 14 stages)', 'C0 2 KiB', 'token scales 448 bytes'],
    fixes: [{ numStages: 13 }],
    culprits: [
      ...['numStages', 'tileM', 'tileN', 'tileK', 'epilogueTileM', 'epilogueTileN'],
      ...['dtypeElt', 'dtypeC', 'dtypeAcc', 'numSlicesForSplitK'],
    ],
  },
];

const change = (field: keyof BatchedGemmOptions, from: number, to: number) => ({ field, from, to });
const rewriting = { ruleSet: 'hopper-native@1', on: 'h100' } as const;

export const hopperRewrites: readonly Rewrite[] = [
  {
    ...rewriting,
    rule: 'hopper-instruction',
    when: 'it is none of this tile',
    of: decode,
    given: { mmaM: 128, mmaN: 16, mmaK: 16 },
    changes: [change('mmaM', 128, 64), change('mmaN', 16, 8), change('mmaK', 16, 32)],
  },
  {
    ...rewriting,
    rule: 'hopper-instruction',
    when: '16-bit inputs are read as deep as FP8',
    of: halves,
    given: { mmaK: 32 },
    changes: [change('mmaK', 32, 16)],
  },
  {
    ...rewriting,
    rule: 'hopper-instruction',
    when: 'it is that of the tile',
    of: prefill,
    given: {},
    changes: undefined,
  },
  {
    ...rewriting,
    rule: 'hopper-tile-k',
    when: 'a stage is no swizzled row of FP8',
    of: decode,
    given: { tileK: 256 },
    changes: [change('tileK', 256, 128)],
  },
  {
    ...rewriting,
    rule: 'hopper-tile-k',
    when: 'a stage of 16-bit inputs is two rows',
    of: halves,
    given: { tileK: 128 },
    changes: [change('tileK', 128, 64)],
  },
  {
    ...rewriting,
    rule: 'hopper-tile-k',
    when: 'a stage is a row',
    of: halves,
    given: {},
    changes: undefined,
  },
  {
    ...rewriting,
    rule: 'warpgroup-epilogue-tile',
    when: 'the epilogue would take the tile whole',
    of: prefill,
    given: { epilogueTileM: 256, epilogueTileN: 64 },
    changes: [change('epilogueTileM', 256, 64), change('epilogueTileN', 64, 128)],
  },
  {
    ...rewriting,
    rule: 'warpgroup-epilogue-tile',
    when: 'each warpgroup has its rows',
    of: prefill,
    given: {},
    changes: undefined,
  },
  {
    ...rewriting,
    rule: 'split-k-mode',
    when: 'slices are to meet in global memory, by hopper-native@1',
    of: sliced,
    given: { splitK: 'Gmem' },
    changes: [{ field: 'splitK', from: 'Gmem', to: 'Dsmem' }],
  },
];
