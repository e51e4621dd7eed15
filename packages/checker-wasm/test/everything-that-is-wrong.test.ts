import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions, KernelFacts } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import {
  bf16,
  dsfp8,
  dsmemSplit,
  errorsOf,
  findingOf,
  fp4,
  fp4Output,
  fp8,
  fp8BatchM,
  gmemSplit,
} from './configurations.js';

const checker = createCheckerSync();

/** The errors of a whole check on a B200. */
function errors(of: BatchedGemmOptions, change: Partial<BatchedGemmOptions>): readonly string[] {
  return errorsOf(checker.check({ ...of, ...change }, 'b200'));
}

describe('independent errors are all reported, in the order of the rules', () => {
  it('of every stage and group', () => {
    const many = {
      useFusedAct: true,
      k: 2080,
      clusterDimX: 2,
      useTmaStore: false,
      transposeMmaOutput: false,
      batchedN: [5, -1, 17, 20_000],
      numStages: 100,
    };
    expect(errors(fp8, many)).toEqual([
      'fused-activation-unsupported',
      'tile-k-divides-k-slice',
      'cluster-xy-is-one',
      'batch-n-column-major',
      'batched-needs-tma-store',
      'shared-memory-limit',
      'batch-sizes-not-negative',
      'cta-table-capacity',
    ]);
  });

  it('of DeepSeek FP8', () => {
    const many = { dtypeElt: 'Fp16', mmaK: 16, allReduceAlgo: 'OneShot', dtypeC: 'Fp16', tileK: 64 } as const;
    expect(errors(dsfp8, many)).toEqual(['dsfp8-dtype', 'dsfp8-no-all-reduce', 'dsfp8-tile-k']);
  });

  it('of dimensions that have nothing to do with each other', () => {
    expect(errors(fp8, { m: 1500, k: 2000 })).toEqual(['tile-k-divides-k-slice', 'tma-store-divides-hidden']);
    expect(errors(fp4Output, { m: 500, n: 1500 })).toEqual(['fp4-output-m', 'fp4-output-n']);
  });

  it('whatever adjustments and notes stand between them', () => {
    const options = { ...fp8, useFusedAct: true, mmaK: 16, epilogueTileM: 96, clusterDimY: 2, numBatches: 9 };
    expect(checker.check(options, 'b200').diagnostics.map(({ rule }) => rule)).toEqual([
      'fused-activation-unsupported',
      'e4m3-mma-k',
      'epilogue-tile-m',
      'cluster-xy-is-one',
      'num-batches',
    ]);
  });

  it('next to a size that is none, as long as they do not depend on it', () => {
    expect(errors(fp8, { tileK: 0, clusterDimX: 2, useTmaStore: false })).toEqual([
      'tile-sizes-positive',
      'cluster-xy-is-one',
      'batched-needs-tma-store',
    ]);
    expect(errors(fp8, { m: 0, k: 2080 })).toEqual(['problem-size-positive', 'tile-k-divides-k-slice']);
    expect(errors(fp8, { tileM: 0, m: -5 })).toEqual(['tile-sizes-positive', 'problem-size-positive']);
    expect(errors(fp8, { tileN: 0, numStages: 0, batchedN: [-1] })).toEqual([
      'tile-sizes-positive',
      'batch-sizes-not-negative',
    ]);
  });
});

describe('a rule of several limits holds against a size that is none only what it has read of it', () => {
  it('a grid without a block along z', () => {
    const [none, gate] = ['tile-sizes-positive', 'grid-limits'];
    expect(errors(fp8, { tileN: 0, projGateNumSplitKSlices: 0 })).toEqual([none, gate]);
    expect(errors(fp8, { n: 0, projGateNumSplitKSlices: 0 })).toEqual(['problem-size-positive', gate]);
    const { fields } =
      findingOf(checker.check({ ...fp8, tileN: 0, projGateNumSplitKSlices: 0 }, 'b200'), gate) ?? {};
    expect(fields).toEqual(['projGateNumSplitKSlices']);
    // Along y nothing is known of it.
    expect(errors(fp8BatchM, { tileN: 0, n: 2 ** 20 })).toEqual([none]);
  });

  it('a cluster along z, whatever its extents along x and y', () => {
    const split = { clusterDimX: 2, projGateNumSplitKSlices: 3 };
    expect(errors(dsmemSplit, split)).toEqual(['cluster-xy-is-one', 'cluster-limits']);
  });

  it('an instruction’s rows, columns and depth', () => {
    expect(errors(fp8, { mmaM: 48, mmaN: 0 })).toEqual(['tile-sizes-positive', 'tcgen05-shape']);
    expect(errors(fp8, { mmaM: 0, mmaN: 12, tileN: 12, epilogueTileN: 12 })).toEqual([
      'tile-sizes-positive',
      'tcgen05-shape',
    ]);
    const message = findingOf(checker.check({ ...bf16, mmaM: 0, mmaK: 8 }, 'b200'), 'tcgen05-shape')?.message;
    expect(message).toContain('mmaK 8 must be');
    expect(message).not.toContain('mmaM 0 must be');
  });

  it('an instruction’s rows and columns, whatever the type', () => {
    expect(errors(fp8, { mmaM: 48, dtypeElt: 'UInt16' })).toEqual(['mma-dtype', 'tcgen05-shape']);
    expect(errors(fp8, { mmaM: 64, mmaK: 7, dtypeElt: 'UInt16' })).toEqual(['mma-dtype']);
  });

  it('whole instructions of a tile', () => {
    const columns = { tileN: 24, epilogueTileN: 24, mmaN: 16 };
    expect(errors(fp8, { ...columns, mmaM: 0 })).toEqual(['tile-sizes-positive', 'mma-divides-tile']);
    expect(errors(fp8, { ...columns, tileM: 0 })).toEqual(['tile-sizes-positive', 'mma-divides-tile']);
    expect(errors(fp8, { ...columns, mmaM: 48, tileK: 0 })).toEqual([
      'tile-sizes-positive',
      'tcgen05-shape',
      'mma-divides-tile',
    ]);
  });

  it('rows of weights, of which n has no part where those are m', () => {
    expect(errors(fp8, { n: 0, m: 2 ** 30 })).toEqual(['problem-size-positive', 'size-overflow']);
    const five = { batchedN: [1, 1, 1, 1, 1], numBatches: 5 };
    expect(errors(fp8, { ...five, n: 0, m: 2 ** 30 })).toEqual([
      'problem-size-positive',
      'tensor-map-extent',
    ]);
  });

  it('CTAs along the tokens, of which tileM has no part where those are n', () => {
    expect(errors(fp8, { tileM: 0, batchedN: [20_000], numBatches: 1 })).toEqual([
      'tile-sizes-positive',
      'cta-table-capacity',
    ]);
    expect(errors(fp8, { tileN: 0, batchedN: [20_000], numBatches: 1 })).toEqual(['tile-sizes-positive']);
  });

  it('rows of inputs and of the output, and of their tiles', () => {
    expect(errors(fp8, { tileK: 16, epilogueTileM: 0 })).toEqual([
      'tile-sizes-positive',
      'tensor-map-swizzle',
    ]);
    expect(errors(fp8, { tileK: 0, k: 2056 })).toEqual(['tile-sizes-positive', 'tensor-map-stride']);
    expect(errors(fp8, { tileK: -3, k: 2056 })).toEqual(['tile-sizes-positive', 'tensor-map-stride']);
    expect(errors(fp8, { tileK: 0, k: -8 })).toEqual(['tile-sizes-positive', 'problem-size-positive']);
  });

  it('a kernel’s shared memory, which a GPU does not have whatever the layout', () => {
    const kernel: KernelFacts = {
      arch: 'sm100a',
      sharedMemSize: 300_000,
      threadsPerCta: 160,
      paramsAbi: 'trtllm-gen/1',
      paramsStructSize: 17_280,
    };
    const result = checker.check({ ...fp8, tileK: 0 }, 'b200', { kernel });
    expect(errorsOf(result)).toEqual(['tile-sizes-positive', 'kernel-shared-memory']);
    expect(findingOf(result, 'kernel-shared-memory')?.message).toContain('more than the 227 KiB');
  });
});

describe('a size that is none is one error', () => {
  it.each(['tileM', 'tileN', 'tileK', 'epilogueTileM', 'mmaN', 'numStages', 'clusterDimZ'] as const)(
    '%s 0',
    (size) => {
      for (const of of [fp8, fp8BatchM, dsfp8, fp4, fp4Output, gmemSplit]) {
        expect(errors(of, { [size]: 0 })).toEqual(['tile-sizes-positive']);
      }
    },
  );

  it.each(['m', 'n', 'k'] as const)('%s 0, or below', (size) => {
    for (const of of [fp8, fp8BatchM, dsfp8, fp4, fp4Output, gmemSplit]) {
      for (const value of [0, -1, -100, -(2 ** 31)]) {
        expect(errors(of, { [size]: value })).toEqual(['problem-size-positive']);
      }
    }
  });

  it('numSlicesForSplitK 0, or below', () => {
    for (const value of [0, -1, -3])
      expect(errors(fp8, { numSlicesForSplitK: value })).toEqual(['split-k-positive']);
  });
});

describe('a cause is one error', () => {
  it('k that tileK does not divide', () => {
    expect(errors(fp8, { k: 2080 })).toEqual(['tile-k-divides-k-slice']);
    expect(errors(fp8BatchM, { k: 2080 })).toEqual(['tile-k-divides-k-slice']);
    expect(errors(fp8, { k: 2080, useTmaStore: false })).toEqual([
      'tile-k-divides-k-slice',
      'batched-needs-tma-store',
    ]);
  });

  it('k that does not divide into slices', () => {
    expect(errors(gmemSplit, { numSlicesForSplitK: 3 })).toEqual(['split-k-divides-k']);
    expect(errors(gmemSplit, { k: 2049 })).toEqual(['split-k-divides-k']);
  });

  it('m that tileM does not divide', () => {
    expect(errors(fp8, { m: 1500 })).toEqual(['tma-store-divides-hidden']);
    expect(errors(fp8, { m: 1500, useTmaStore: false })).toEqual([
      'batch-n-divides',
      'batched-needs-tma-store',
    ]);
    expect(errors(fp8, { m: 1500, dtypeC: 'E2m1' })).toEqual(['fp4-output-m', 'fp4-output-not-transposed']);
  });

  it('n that tileN does not divide', () => {
    expect(errors(fp8BatchM, { n: 1500 })).toEqual(['tma-store-divides-hidden']);
    expect(errors(fp8BatchM, { n: 1500, useTmaStore: false })).toEqual([
      'batch-m-divides',
      'batched-needs-tma-store',
    ]);
    expect(errors(fp4Output, { n: 1500 })).toEqual(['fp4-output-n']);
  });

  it('m or n that is smaller than its tile', () => {
    expect(errors(fp8, { m: 64 })).toEqual(['tma-store-covers-tile']);
    expect(errors(fp8BatchM, { n: 64 })).toEqual(['tma-store-covers-tile']);
  });

  it('k that is smaller than tileK', () => {
    expect(errors(fp8, { k: 64 })).toEqual(['tile-k-divides-k-slice']);
    expect(errors(fp8BatchM, { k: 64 })).toEqual(['tile-k-divides-k-slice']);
  });

  it('n that is smaller than tileN, with FP4 output', () => {
    expect(errors(fp4Output, { n: 64 })).toEqual(['fp4-output-n']);
  });

  it('m that is no multiple of a block of DeepSeek scales', () => {
    const rows64 = { tileM: 64, epilogueTileM: 32, mmaM: 32 };
    // Half a tile of 64 rows is less than an instruction has, which is a cause of its own.
    expect(errors(dsfp8, { ...rows64, m: 4160 })).toEqual(['dsfp8-hidden-multiple', 'tcgen05-shape']);
  });

  it('a cluster along z without slices', () => {
    expect(errors(fp8, { clusterDimZ: 3 })).toEqual(['cluster-z-needs-split-k']);
  });

  it('an adjustment that overflows, however often', () => {
    const huge = 2 ** 31 - 1;
    const found = errors(fp4, { mmaK: 32, tileK: huge, mmaM: 64, tileM: huge, mmaN: 32, tileN: huge });
    expect(found.filter((rule) => rule === 'adjustment-overflow')).toEqual(['adjustment-overflow']);
  });
});

describe('a message speaks of what is new', () => {
  it('not of a k that is no size, where n is smaller than its tile', () => {
    const options = { ...fp8BatchM, useTmaStore: false, n: 100, k: -1 };
    const finding = findingOf(checker.check(options, 'b200'), 'batch-m-covers-tile');
    expect(finding?.message).toContain('n 100 is smaller than tileN 128');
    expect(finding?.message).not.toContain('k -1');
    expect(finding?.fields).toEqual(['n', 'tileN']);
  });

  it('not of a k that tileK does not divide, where that has been said of k already', () => {
    const options = { ...fp8BatchM, useTmaStore: false, n: 1500, k: 2080 };
    const finding = findingOf(checker.check(options, 'b200'), 'batch-m-divides');
    expect(finding?.message).toContain('n 1500 is no multiple of tileN 128');
    expect(finding?.message).not.toContain('k 2080');
    expect(finding?.fields).toEqual(['n', 'tileN']);
  });
});
