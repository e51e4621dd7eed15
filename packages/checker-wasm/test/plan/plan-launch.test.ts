import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions, CheckResult, KernelInfo, LaunchPlan } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { PlanError } from '../../src/plan/plan-error.js';
import { type PlanSettings, planLaunch } from '../../src/plan/plan-launch.js';
import { dsfp8, fp8, fp8BatchM } from '../configurations.js';
import { kernelOf } from './kernels.js';

const checker = createCheckerSync();

interface Planning {
  readonly kernel?: Partial<KernelInfo>;
  readonly settings?: PlanSettings;
}

const planOf = (options: BatchedGemmOptions, { kernel, settings }: Planning = {}): LaunchPlan =>
  planLaunch(kernelOf(options, kernel), checker.check(options, 'b200'), settings);

const errorOf = (body: () => unknown): PlanError => {
  try {
    body();
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
  throw new Error('expected a PlanError, and nothing was thrown');
};

describe('a launch plan', () => {
  it('with tokens along n: grid, tables, output and work', () => {
    // tile 128×8, m 1536, k 2048, batches of 5, 0, 17 and 8 tokens: 1 + 3 + 1 CTAs
    const plan = planOf(fp8, {
      kernel: { functionName: 'tile_8', threadsPerCta: 160, sharedMemSize: 70_000 },
    });
    expect(plan).toMatchObject({
      functionName: 'tile_8',
      options: fp8,
      grid: { x: 12, y: 5, z: 1 },
      block: { x: 160, y: 1, z: 1 },
      cluster: { x: 1, y: 1, z: 1 },
      sharedMemBytes: 70_000,
      ctaTables: {
        ctaIdxXyToBatchIdx: [0, 2, 2, 2, 3],
        ctaIdxXyToMnLimit: [5, 16, 24, 25, 40],
        totalNumPaddedTokens: 40,
        tokenOffsets: [0, 8, 8, 32],
      },
      outputShape: [40, 1536],
      flops: 2 * 30 * 1536 * 2048,
    });
    expect(plan.tensorMaps.map(({ map }) => map)).toEqual(['tmaA', 'tmaB', 'tmaC']);
    expect(plan.buffers.map(({ buffer }) => buffer)).toEqual(['a', 'b', 'c', 'scaleC']);
  });

  it('with tokens along m: the roles of x and y swapped', () => {
    // tile 128×128, n 1536, k 2048, batches of 300 and 17 tokens: 3 + 1 CTAs
    expect(planOf(fp8BatchM)).toMatchObject({
      grid: { x: 4, y: 12, z: 1 },
      ctaTables: { ctaIdxXyToBatchIdx: [0, 0, 0, 1], ctaIdxXyToMnLimit: [128, 256, 300, 401] },
      outputShape: [512, 1536],
      flops: 2 * 317 * 1536 * 2048,
    });
  });

  it('has the gate projection’s slices of k along z', () => {
    expect(planOf({ ...fp8, projGateNumSplitKSlices: 4 }).grid).toEqual({ x: 12, y: 5, z: 4 });
  });

  it('is made of the options after adjustment: Hopper’s epilogue writes whole tiles', () => {
    const result = checker.check({ ...fp8, tileN: 64, epilogueTileN: 32, mmaN: 32 }, 'h100');
    const plan = planLaunch(kernelOf(result.options, { arch: 'sm90a' }), result);
    expect(plan.options).toMatchObject({ epilogueTileM: 128, epilogueTileN: 64 });
    expect(plan.tensorMaps.at(-1)?.boxDim).toEqual([64, 64]);
  });

  it('is the same again, survives JSON, and leaves its arguments alone', () => {
    const kernel = kernelOf(dsfp8);
    const result = checker.check(dsfp8, 'b200');
    const before = structuredClone({ kernel, result });
    const plan = planLaunch(kernel, result);
    expect(planLaunch(kernel, result)).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect({ kernel, result }).toEqual(before);
  });
});

describe('the attributes of a launch', () => {
  it('are the cluster, its scheduling and programmatic dependent launch, in this order', () => {
    expect(planOf(fp8).attributes).toEqual([
      { id: 'clusterDimension', value: { x: 1, y: 1, z: 1 } },
      { id: 'clusterSchedulingPolicyPreference', value: 'default' },
      { id: 'programmaticStreamSerialization', value: true },
    ]);
  });

  it.each([
    [{ pdl: true }, true],
    [{ pdl: false }, false],
    [{}, true],
  ])('with the settings %j have programmatic dependent launch %s', (settings, value) => {
    const { attributes } = planOf(fp8, { settings });
    expect(attributes[2]).toEqual({ id: 'programmaticStreamSerialization', value });
    expect(attributes.map(({ id }) => id)).toEqual([
      'clusterDimension',
      'clusterSchedulingPolicyPreference',
      'programmaticStreamSerialization',
    ]);
  });

  it('have the options’ cluster', () => {
    const options: BatchedGemmOptions = {
      ...fp8,
      epilogueTileM: 128,
      numSlicesForSplitK: 2,
      clusterDimZ: 2,
      projGateNumSplitKSlices: 2,
    };
    const plan = planOf(options);
    expect(plan.cluster).toEqual({ x: 1, y: 1, z: 2 });
    expect(plan.attributes[0]).toEqual({ id: 'clusterDimension', value: plan.cluster });
  });
});

describe('the limit of dynamic shared memory', () => {
  it.each([
    [1024, false],
    [49_151, false],
    [49_152, true],
    [49_153, true],
    [200_000, true],
  ])('for %i bytes has to be raised: %s', (sharedMemSize, raiseSharedMemLimit) => {
    const plan = planOf(fp8, { kernel: { sharedMemSize } });
    expect(plan).toMatchObject({ sharedMemBytes: sharedMemSize, raiseSharedMemLimit });
  });
});

describe('a PlanError, in one line,', () => {
  it('meets a result with errors, and names the first one’s rule', () => {
    const options = { ...fp8, k: 2000 };
    const { diagnostics } = checker.check(options, 'b200');
    const first = diagnostics.find(({ severity }) => severity === 'error');
    const { message } = errorOf(() => planOf(options));
    expect(message).toBe(`tile-k-divides-k-slice: ${first?.message}`);
    expect(message).not.toContain('\n');
  });

  it('meets invalid input', () => {
    const options = { ...fp8, tileN: 'eight' } as unknown as BatchedGemmOptions;
    const { message } = errorOf(() => planLaunch(kernelOf(fp8), checker.check(options, 'b200')));
    expect(message).toMatch(/^invalid-input: .*tileN.*eight/);
  });

  it('meets a result without a launch geometry', () => {
    const result: CheckResult = { ...checker.check(fp8, 'b200'), launch: null };
    expect(errorOf(() => planLaunch(kernelOf(fp8), result)).message).toBe('the launch geometry is not known');
  });

  it.each([[[0]], [[0, 0, 0]]])('meets batches without a token: %j', (batchedN) => {
    const options = { ...fp8, batchedN, numBatches: batchedN.length };
    const words = 'no batch has a token; there is nothing to launch';
    expect(errorOf(() => planOf(options)).message).toBe(`batches-not-empty: ${words}`);
    const ofRuleSet = checker.check(options, 'b200', { onlyRuleSet: true });
    expect(errorOf(() => planLaunch(kernelOf(options), ofRuleSet)).message).toBe(words);
  });

  it('meets a matrix that no tensor map can describe', () => {
    const options: BatchedGemmOptions = { ...fp8, dtypeElt: 'E5m2' };
    const ofRuleSet = checker.check(options, 'b200', { onlyRuleSet: true });
    expect(errorOf(() => planLaunch(kernelOf(options), ofRuleSet)).message).toBe(
      'no tensor map can carry E5m2 (tmaA); the TMA knows E4m3, Fp16, Bfloat16, Fp32, E2m1',
    );
  });

  it('meets CTA tables where the kernel does not read them', () => {
    expect(errorOf(() => planOf(fp8, { settings: { dynamicBatches: true } })).message).toBe(
      'gemm takes its CTA tables by value (trtllm-gen/1); batches of sizes that only the device knows need trtllm-gen/2',
    );
    const onDevice = { ruleSet: 'hopper-native@1', paramsAbi: 'trtllm-gen/2' } as const;
    expect(errorOf(() => planOf(fp8, { kernel: onDevice })).message).toBe(
      'gemm reads its CTA tables from device memory alone, for batches whose sizes only the device knows',
    );
    expect(planOf(fp8, { kernel: onDevice, settings: { dynamicBatches: true } }).dynamicBatches).toBe(true);
  });

  it.each<[string, BatchedGemmOptions, Partial<BatchedGemmOptions>]>([
    ['other tiles', fp8, { tileN: 16, epilogueTileN: 16 }],
    ['another epilogue', fp8, { epilogueTileM: 128 }],
    ['other inputs', { ...fp8, tileK: 128, mmaK: 16 }, { dtypeElt: 'Fp16' }],
    ['another output', fp8, { dtypeC: 'Fp16' }],
    ['routing', fp8, { routeAct: true }],
    ['DeepSeek scales', { ...dsfp8, useDeepSeekFp8: false }, { useDeepSeekFp8: true }],
    ['a split k', { ...fp8, epilogueTileM: 128 }, { numSlicesForSplitK: 2, splitK: 'Gmem' }],
    ['a grid along z', fp8, { projGateNumSplitKSlices: 2 }],
    ['tokens along m', { ...fp8BatchM, batchM: false, transposeMmaOutput: true }, fp8BatchM],
  ])('meets a result for %s, which the kernel was not compiled for', (_, compiled, changes) => {
    const result = checker.check({ ...compiled, ...changes }, 'b200');
    expect(result.ok).toBe(true);
    const kernel = kernelOf({ ...result.options, ...compiled });
    const fields = Object.keys(changes).filter((field) => field !== 'splitK');
    expect(errorOf(() => planLaunch(kernel, result)).message).toMatch(
      new RegExp(`^gemm .*(${fields.join('|')}|batchMode|permuteFusion|blockScale)`),
    );
  });
});

describe('the capacity of a parameter block', () => {
  const ones = (count: number): readonly number[] => Array(count).fill(1);
  const withBatches = (batchedN: readonly number[]) => ({ ...fp8, batchedN, numBatches: batchedN.length });

  it('is 256 batches', () => {
    expect(planOf(withBatches(ones(256))).ctaTables.ctaIdxXyToBatchIdx.length).toBe(256);
    expect(errorOf(() => planOf(withBatches(ones(257)))).message).toMatch(/^batch-capacity: .*257.*256/);
  });

  it('is 2048 CTAs along the tokens', () => {
    const { ctaTables, grid } = planOf(withBatches([2047 * 8, 8]));
    expect([ctaTables.ctaIdxXyToMnLimit.length, grid.y]).toEqual([2048, 2048]);
    expect(errorOf(() => planOf(withBatches([2047 * 8, 9]))).message).toMatch(
      /^cta-table-capacity: .*2049.*2048/,
    );
  });
});
