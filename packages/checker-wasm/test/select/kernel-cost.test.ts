import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type KernelInfo, type Problem, type Target, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { occupancyOf } from '../../src/select/occupancy.js';
import { selectKernel } from '../../src/select/select-kernel.js';
import { memoryLatencyUs, operandBytesPerSecondAndSm } from '../../src/select/time-estimate.js';
import { fp8 } from '../configurations.js';
import { catalog, kernelOf, tileKernels } from '../plan/kernels.js';

const checker = createCheckerSync();
const { b200, h100 } = targets;
const [tiles8, tiles16] = tileKernels();

const problem: Problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 256,
  n: 64,
  k: 1024,
  tokensPerBatch: [5, 0, 17, 8],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
};

function costOf(kernel: KernelInfo | undefined, change: Partial<Problem> = {}, target: Target = h100) {
  const { selected } = selectKernel(
    checker,
    { ...problem, ...change },
    kernel === undefined ? [] : [kernel],
    target,
  );
  if (selected === undefined) throw new Error('the kernel does not fit');
  return selected.cost;
}

describe('the cost of a kernel', () => {
  it('has these terms', () => {
    // 2 tiles of m · (1 + 2 + 1) tiles of 16 tokens
    const cost = costOf(tiles16);
    expect(cost).toMatchObject({
      ctas: 8,
      padding: { tokens: 1 - 30 / 64, hidden: 0, k: 0, total: 1 - 30 / 64 },
      waves: { count: 1, lastIdle: 124 / 132 },
      // 77,888 + 1,024 bytes of 233,472
      occupancy: { ctasPerSm: 2, limitedBy: 'sharedMemory' },
      operandBytes: 8 * (128 + 16) * 1024,
      // weights of the 3 batches that have tokens, 64 padded rows of activations and of output, the output’s scale
      memoryBytes: 3 * 256 * 1024 + 64 * 1024 + 64 * 256 * 2 + 4,
    });
    const { time } = cost;
    expect(time.memoryUs).toBeCloseTo((cost.memoryBytes / 3.35e12) * 1e6, 9);
    expect(time.operandsUs).toBeCloseTo((144 * 1024 * 1e6) / operandBytesPerSecondAndSm, 9);
    expect(time.tensorCoresUs).toBeCloseTo((2 * 128 * 16 * 1024 * 132 * 1e6) / 1979e12, 9);
    // 8 steps along k through 4 stages
    expect(time.latencyUs).toBeCloseTo(2 * memoryLatencyUs, 9);
    expect(time).toMatchObject({ boundBy: 'operands', estimatedUs: time.operandsUs });
  });

  it('counts waves over the SMs, and what the last one leaves idle', () => {
    // 5 batches of 17 tokens, 3 tiles of 8 each, 27 tiles of m: 405 CTAs over 132 SMs
    const { ctas, waves } = costOf(tiles8, { m: 27 * 128, tokensPerBatch: Array(5).fill(17) });
    expect(ctas).toBe(405);
    expect(waves).toEqual({ count: 4, lastIdle: (4 * 132 - 405) / 132 });
    // 4 batches, 33 tiles: 132 CTAs
    const full = costOf(tiles8, { m: 33 * 128, tokensPerBatch: Array(4).fill(1) });
    expect(full.waves).toEqual({ count: 1, lastIdle: 0 });
  });

  it.each([
    [{ sharedMemSize: 232_448, threadsPerCta: 384 }, 1, 'sharedMemory'],
    [{ sharedMemSize: 115_712, threadsPerCta: 384 }, 2, 'sharedMemory'],
    [{ sharedMemSize: 115_713, threadsPerCta: 384 }, 1, 'sharedMemory'],
    [{ sharedMemSize: 10_000, threadsPerCta: 384 }, 5, 'threads'],
    [{ sharedMemSize: 10_000, threadsPerCta: 385 }, 4, 'threads'],
    [{ sharedMemSize: 100, threadsPerCta: 32 }, 32, 'ctas'],
  ] as const)('lets an SM hold, of CTAs with %j, %i: %s', (kernel, ctasPerSm, limitedBy) => {
    expect(occupancyOf(kernel, b200)).toEqual({ ctasPerSm, limitedBy });
  });

  it('waits for memory less often with more stages, and with more CTAs on an SM', () => {
    const latency = (change: Partial<KernelInfo>) =>
      costOf(kernelOf(fp8, change), { m: 128 * 300, tokensPerBatch: [1] }, b200).time.latencyUs;
    // 300 CTAs on 148 SMs, 8 steps along k
    expect(latency({ sharedMemSize: 200_000, numStages: 1 })).toBeCloseTo(3 * 8 * memoryLatencyUs, 9);
    expect(latency({ sharedMemSize: 200_000, numStages: 4 })).toBeCloseTo(3 * 2 * memoryLatencyUs, 9);
    expect(latency({ sharedMemSize: 80_000, numStages: 4 })).toBeCloseTo(2 * 2 * memoryLatencyUs, 9);
  });

  it('counts the slices of the grid along z, and half bytes', () => {
    const sliced = costOf(kernelOf(fp8, { projGateNumSplitKSlices: 3 }), {}, b200);
    expect(sliced).toMatchObject({ ctas: 30, operandBytes: 30 * 136 * 1024 });
    const fp4Tiles = { tileN: 128, epilogueTileM: 128, epilogueTileN: 128, mmaM: 128, mmaN: 128, mmaK: 64 };
    const fp4 = costOf(kernelOf(fp8, { dtypeElt: 'E2m1', ...fp4Tiles }), { dtypeElt: 'E2m1' }, b200);
    // 2 tiles of m · 3 CTAs along the tokens, each (128 + 128) · 1024 half bytes, at the rate of 4-bit inputs
    expect(fp4.operandBytes).toBe((6 * 256 * 1024) / 2);
    expect(fp4.time.tensorCoresUs).toBeCloseTo((2 * 128 * 128 * 1024 * 148 * 1e6) / 9000e12, 9);
  });

  /** A persistent kernel of tables by value, FP8 to bf16, that is like this in the rest. */
  const persistent = (like: Partial<KernelInfo>) => {
    const family = { ruleSet: 'hopper-native@1', paramsAbi: 'trtllm-gen/1', dtypeElt: 'E4m3' } as const;
    const wanted = { ...family, dtypeC: 'Bfloat16', permuteFusion: false, ...like } as const;
    return catalog('preflight-sm90a').find((kernel) =>
      (Object.keys(wanted) as (keyof KernelInfo)[]).every((name) => kernel[name] === wanted[name]),
    );
  };

  it('counts the tiles that persistent CTAs take in turn', () => {
    const tiles = persistent({ batchMode: 'batchN', tileN: 16, blockScale: false });
    const tokensPerBatch = [20, 20, 0, 20];
    // 3 experts of 2 tiles each, 32 tiles of m: 192
    expect(costOf(tiles, { m: 32 * 128, tokensPerBatch })).toMatchObject({
      ctas: 132,
      waves: { count: 2, lastIdle: (2 * 132 - 192) / 132 },
      operandBytes: 192 * (128 + 16) * 1024,
    });
    expect(costOf(tiles, { m: 45 * 128, tokensPerBatch }).waves.count).toBe(3);
  });

  it('lets a pair of CTAs share tokens', () => {
    const along = { batchM: true, transposeMmaOutput: false, m: 64, n: 512, tokensPerBatch: [60] } as const;
    const bytes = [1, 2].map((clusterDimX) => {
      const kernel = persistent({ batchMode: 'batchM', tileM: 128, blockScale: false, clusterDimX });
      return costOf(kernel, along).operandBytes;
    });
    expect(bytes).toEqual([4 * (128 + 128) * 1024, 4 * (64 + 128) * 1024]);
  });

  it('lets slices of k go on side by side, at the price of their sums', () => {
    // 2 tiles, 64 steps of k: on two multiprocessors, or on eight
    const long = { k: 8192, tokensPerBatch: [8], blockScale: true };
    const [whole, split] = [1, 4].map((clusterDimZ) => {
      const kernel = persistent({ batchMode: 'batchN', tileN: 8, blockScale: true, clusterDimZ });
      return costOf(kernel, long);
    });
    expect([whole?.ctas, split?.ctas]).toEqual([2, 8]);
    expect(split?.operandBytes).toBe(whole?.operandBytes);
    const faster = (whole?.time.estimatedUs ?? 0) / (split?.time.estimatedUs ?? 0);
    expect(faster).toBeGreaterThan(2);
    expect(faster).toBeLessThan(4);
  });

  it('is bound by memory where many experts have few tokens', () => {
    const { time } = costOf(tiles8, { m: 1536, k: 2048, tokensPerBatch: Array(128).fill(1) });
    expect(time.boundBy).toBe('memory');
  });

  it('is never asked for where there is no token', () => {
    expect(() => costOf(tiles8, { tokensPerBatch: [0, 0] })).toThrow('the kernel does not fit');
  });
});
