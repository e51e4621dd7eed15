import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type LaunchPlan, type Problem, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { optionsFor } from '../../src/plan/options-for.js';
import { planLaunch } from '../../src/plan/plan-launch.js';
import { mismatches } from '../../src/select/refusal.js';
import { selectKernel } from '../../src/select/select-kernel.js';
import { catalog } from './kernels.js';
import { constraints } from './tensor-map-constraints.js';

// The published Blackwell kernels on the two GEMMs of a DeepSeek-V3 MoE layer: hidden size 7168, intermediate size 2048,
// 256 experts. 512 tokens go to 8 experts each; here every expert gets 15, 16 or 17 of the 4096 rows.

const checker = createCheckerSync();
const { b200 } = targets;
const published = catalog('trtllm-gen-2025');

const tokensPerBatch = Array.from({ length: 64 }, () => [15, 16, 16, 17]).flat();

const shared = {
  batchM: false,
  transposeMmaOutput: true,
  n: 4096,
  dtypeElt: 'E4m3',
  blockScale: true,
} as const;

/** Gate and up projection: [4096, 7168] per expert, the tokens gathered. */
const up: Problem = {
  ...shared,
  m: 4096,
  k: 7168,
  tokensPerBatch,
  numTokens: 512,
  dtypeC: 'E4m3',
  permuteFusion: true,
};

/** Down projection: [7168, 2048] per expert. */
const down: Problem = { ...shared, m: 7168, k: 2048, tokensPerBatch, dtypeC: 'Bfloat16' };
const downE4m3: Problem = { ...down, dtypeC: 'E4m3' };

function planned(index: number, problem: Problem): LaunchPlan {
  const kernel = published[index];
  if (kernel === undefined) throw new Error(`no published kernel ${index}`);
  expect(mismatches(kernel, problem, b200)).toEqual([]);
  const result = checker.check(optionsFor(kernel, problem), b200, { ruleSet: kernel.ruleSet });
  expect(result.diagnostics.filter(({ severity }) => severity !== 'note')).toEqual([]);
  return planLaunch(kernel, result);
}

const bytesOf = ({ buffers }: LaunchPlan) =>
  Object.fromEntries(buffers.map(({ buffer, bytes }) => [buffer, bytes]));

describe('the published kernels', () => {
  it('are these five', () => {
    const kinds = published.map(
      ({ functionName, tileM, tileN, dtypeC }) => `${functionName.slice(0, 12)} ${tileM}×${tileN} ${dtypeC}`,
    );
    expect(kinds).toEqual([
      'MoE_ProjUp__ 128×128 E4m3',
      'MoE_ProjDown 128×128 E4m3',
      'MoE_ProjDown 128×128 Bfloat16',
      'MoE_ProjUp_B 128×8 E4m3',
      'MoE_ProjDown 128×8 Bfloat16',
    ]);
  });

  it.each([
    [0, up],
    [1, downE4m3],
    [2, down],
    [3, up],
    [4, down],
  ])('number %i keeps the driver’s constraints on tensor maps', (index, problem) => {
    const { tensorMaps } = planned(index, problem);
    for (const [demand, holds] of constraints) expect(tensorMaps.every(holds), demand).toBe(true);
  });
});

describe('up projection, tiles of 128 tokens', () => {
  const plan = planned(0, up);

  it('launches 32 × 256 blocks of 480 threads with 120 KiB of shared memory', () => {
    expect(plan).toMatchObject({
      grid: { x: 32, y: 256, z: 1 }, // 4096 / 128; one CTA an expert
      block: { x: 480, y: 1, z: 1 },
      sharedMemBytes: 122_880,
      raiseSharedMemLimit: true,
      outputShape: [32_768, 4096], // 256 · 128 rows
      flops: 2 * 4096 * 4096 * 7168, // 4096 rows
    });
  });

  it('maps weights and output, and gathers the tokens', () => {
    expect(plan.tensorMaps).toEqual([
      {
        map: 'tmaA',
        buffer: 'a',
        dtype: 'UINT8',
        globalDim: [7168, 1_048_576], // 256 · 4096 rows
        globalStrides: [7168],
        boxDim: [128, 128],
        elementStrides: [1, 1],
        swizzle: '128B',
      },
      {
        map: 'tmaC',
        buffer: 'c',
        dtype: 'UINT8',
        globalDim: [4096, 32_768],
        globalStrides: [4096],
        boxDim: [64, 128], // the epilogue's tile
        elementStrides: [1, 1],
        swizzle: '64B',
      },
    ]);
  });

  it('needs 7 GiB of weights', () => {
    expect(bytesOf(plan)).toEqual({
      a: 7_516_192_768, // 256 · 4096 · 7168
      tokens: 3_670_016, // 512 · 7168
      routeMap: 131_072, // 32768 · 4
      c: 134_217_728, // 32768 · 4096
      dqSfsA: 1_835_008, // 256 · 32 · 56 · 4
      dqSfsTokens: 114_688, // 56 · 512 · 4
      dqSfsC: 4_194_304, // 32 · 32768 · 4
    });
  });
});

describe('up projection, tiles of 8 tokens', () => {
  const plan = planned(3, up);

  it('takes 2 CTAs for 15 or 16 tokens, and 3 for 17', () => {
    expect(plan).toMatchObject({
      grid: { x: 32, y: 576, z: 1 }, // 64 · (2 + 2 + 2 + 3)
      block: { x: 416, y: 1, z: 1 },
      sharedMemBytes: 44_032,
      raiseSharedMemLimit: false,
      outputShape: [4608, 4096], // 576 · 8 rows
    });
    expect(plan.ctaTables.ctaIdxXyToBatchIdx.slice(0, 9)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 3]);
    expect(plan.ctaTables.ctaIdxXyToMnLimit.slice(0, 9)).toEqual([8, 15, 24, 32, 40, 48, 56, 64, 65]);
  });

  it('needs less than a seventh of the output', () => {
    expect(bytesOf(plan)).toEqual({
      a: 7_516_192_768,
      tokens: 3_670_016,
      routeMap: 18_432, // 4608 · 4
      c: 18_874_368, // 4608 · 4096
      dqSfsA: 1_835_008,
      dqSfsTokens: 114_688,
      dqSfsC: 589_824, // 32 · 4608 · 4
    });
  });
});

describe('down projection', () => {
  it('tiles of 128 tokens, E4m3 output', () => {
    const plan = planned(1, downE4m3);
    expect(plan).toMatchObject({
      grid: { x: 56, y: 256, z: 1 }, // 7168 / 128
      block: { x: 384, y: 1, z: 1 },
      sharedMemBytes: 121_856,
      raiseSharedMemLimit: true,
      outputShape: [32_768, 7168],
      flops: 2 * 4096 * 7168 * 2048,
    });
    expect(bytesOf(plan)).toEqual({
      a: 3_758_096_384, // 256 · 7168 · 2048
      b: 67_108_864, // 32768 · 2048
      c: 234_881_024, // 32768 · 7168
      dqSfsA: 917_504, // 256 · 56 · 16 · 4
      dqSfsB: 2_097_152, // 16 · 32768 · 4
      dqSfsC: 7_340_032, // 56 · 32768 · 4
    });
  });

  it('tiles of 128 tokens, Bfloat16 output: twice the bytes, and no scales', () => {
    const plan = planned(2, down);
    expect(plan.grid).toEqual({ x: 56, y: 256, z: 1 });
    expect(plan.tensorMaps[2]).toMatchObject({
      dtype: 'BFLOAT16',
      globalDim: [7168, 32_768],
      globalStrides: [14_336],
      boxDim: [64, 128],
      swizzle: '128B',
    });
    expect(bytesOf(plan)).toMatchObject({ c: 469_762_048 });
    expect(Object.keys(bytesOf(plan))).not.toContain('dqSfsC');
  });

  it('tiles of 8 tokens', () => {
    const plan = planned(4, down);
    expect(plan).toMatchObject({ grid: { x: 56, y: 576, z: 1 }, outputShape: [4608, 7168] });
    expect(plan.tensorMaps).toEqual([
      {
        map: 'tmaA',
        buffer: 'a',
        dtype: 'UINT8',
        globalDim: [2048, 1_835_008], // 256 · 7168 rows
        globalStrides: [2048],
        boxDim: [128, 128],
        elementStrides: [1, 1],
        swizzle: '128B',
      },
      {
        map: 'tmaB',
        buffer: 'b',
        dtype: 'UINT8',
        globalDim: [2048, 4608],
        globalStrides: [2048],
        boxDim: [128, 8],
        elementStrides: [1, 1],
        swizzle: '128B',
      },
      {
        map: 'tmaC',
        buffer: 'c',
        dtype: 'BFLOAT16',
        globalDim: [7168, 4608],
        globalStrides: [14_336],
        boxDim: [64, 8],
        elementStrides: [1, 1],
        swizzle: '128B',
      },
    ]);
  });

  it('is cheaper in tiles of 128 tokens here: 256 CTAs of 256 rows load less than 576 of 136', () => {
    const { candidates } = selectKernel(checker, down, published, b200);
    const fitting = candidates.filter((candidate) => candidate.fits);
    expect(fitting.map(({ kernel, cost }) => [kernel.tileN, cost.operandBytes])).toEqual([
      [128, 56 * 256 * 256 * 2048],
      [8, 56 * 576 * 136 * 2048],
    ]);
  });

  it('is cheaper in tiles of 8 where no expert has more', () => {
    const decode = { ...down, tokensPerBatch: Array(256).fill(4) };
    const { candidates } = selectKernel(checker, decode, published, b200);
    const fitting = candidates.filter((candidate) => candidate.fits);
    expect(fitting.map(({ kernel, cost }) => [kernel.tileN, cost.operandBytes])).toEqual([
      [8, 56 * 256 * 136 * 2048],
      [128, 56 * 256 * 256 * 2048],
    ]);
  });
});
