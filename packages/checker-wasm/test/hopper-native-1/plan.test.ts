import { createCheckerSync, optionsFor, planLaunch, selectKernel } from '@gemm-preflight/checker-wasm';
import { type BatchedGemmOptions, type KernelInfo, type Problem, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { kernelOf } from '../plan/kernels.js';
import {
  decode,
  halves,
  prefill,
  routed,
  scaledDecode,
  scaledPrefill,
  sliced,
} from '../rules/hopper-native-1.js';

const checker = createCheckerSync();
const settings = { ruleSet: 'hopper-native@1' } as const;

function kernelFor(options: BatchedGemmOptions, given: Partial<KernelInfo> = {}): KernelInfo {
  return kernelOf(options, {
    ...{ arch: 'sm90a', ruleSet: 'hopper-native@1', sharedMemSize: 232_448 },
    ...{ clusterDimX: options.clusterDimX, clusterDimZ: options.clusterDimZ },
    ...given,
  });
}

const planOf = (options: BatchedGemmOptions) =>
  planLaunch(kernelFor(options), checker.check(options, 'h100', settings));

/** Map → extents, box, swizzle. */
const mapsOf = (options: BatchedGemmOptions) =>
  Object.fromEntries(
    planOf(options).tensorMaps.map(({ map, globalDim, boxDim, swizzle }) => [
      map,
      [globalDim, boxDim, swizzle],
    ]),
  );

describe('tensor maps of hopper-native@1', () => {
  it('with batchN load weights as A, and store epilogue tiles of 64 channels', () => {
    // 5, 0, 17 and 8 tokens take 1, 0, 3 and 1 tiles of 8.
    expect(mapsOf(decode)).toEqual({
      tmaA: [[2048, 4 * 1536], [128, 128], '128B'],
      tmaB: [[2048, 40], [128, 8], '128B'],
      tmaC: [[1536, 40], [64, 8], '128B'],
    });
    expect(mapsOf({ ...decode, dtypeC: 'E4m3' })['tmaC']).toEqual([[1536, 40], [64, 8], '64B']);
    expect(mapsOf(halves)['tmaA']).toEqual([[2048, 4 * 1536], [64, 128], '128B']);
  });

  it('with batchM load activations as A, and store epilogue tiles of 64 tokens', () => {
    // 300 and 17 tokens take 2 and 1 tiles of 256.
    expect(mapsOf(prefill)).toEqual({
      tmaA: [[2048, 768], [128, 256], '128B'],
      tmaB: [[2048, 2 * 1536], [128, 128], '128B'],
      tmaC: [[1536, 768], [64, 64], '128B'],
    });
    expect(mapsOf({ ...prefill, dtypeC: 'E4m3' })['tmaC']).toEqual([[1536, 768], [128, 64], '128B']);
  });

  it('have none of activations that a routing map gathers', () => {
    expect(Object.keys(mapsOf(routed))).toEqual(['tmaA', 'tmaC']);
    expect(Object.keys(mapsOf({ ...scaledPrefill, clusterDimX: 1, routeAct: true }))).toEqual([
      'tmaB',
      'tmaC',
    ]);
  });
});

describe('buffers of hopper-native@1', () => {
  const bytesOf = (options: BatchedGemmOptions) =>
    Object.fromEntries(planOf(options).buffers.map(({ buffer, bytes }) => [buffer, bytes]));

  it('have DeepSeek scales of weights and activations on the side where these are', () => {
    expect(bytesOf({ ...scaledDecode, dtypeC: 'E4m3' })).toMatchObject({
      dqSfsA: ((4 * 1536) / 128) * (2048 / 128) * 4,
      dqSfsB: (2048 / 128) * 40 * 4,
      dqSfsC: (1536 / 128) * 40 * 4,
    });
    expect(bytesOf({ ...scaledPrefill, dtypeC: 'E4m3' })).toMatchObject({
      dqSfsA: (2048 / 128) * 768 * 4,
      dqSfsB: ((2 * 1536) / 128) * (2048 / 128) * 4,
      dqSfsC: (1536 / 128) * 768 * 4,
    });
  });

  it('have tokens, their scales and the map of those that are routed', () => {
    const bytes = bytesOf(routed);
    expect(bytes).toMatchObject({ tokens: 9 * 2048, routeMap: 40 * 4, dqSfsTokens: (2048 / 128) * 9 * 4 });
    expect(bytes).not.toHaveProperty('b');
    expect(bytes).not.toHaveProperty('dqSfsB');
  });

  it('align scales of activations to what a bulk copy reads', () => {
    const alignments = planOf(scaledDecode).buffers.map(({ buffer, alignment }) => [buffer, alignment]);
    expect(alignments).toContainEqual(['dqSfsB', 16]);
  });
});

describe('launches of hopper-native@1', () => {
  it('have persistent CTAs, and the cluster that the kernel was compiled for', () => {
    const many = { ...prefill, batchedM: [30_000, 17] };
    expect(planOf(many)).toMatchObject({
      ...{ grid: { x: 132, y: 1, z: 1 }, cluster: { x: 2, y: 1, z: 1 }, persistentCtas: 132 },
      attributes: [{ id: 'clusterDimension', value: { x: 2, y: 1, z: 1 } }, {}, {}],
    });
    expect(planOf(sliced)).toMatchObject({ grid: { x: 60, y: 1, z: 4 }, cluster: { x: 1, y: 1, z: 4 } });
  });

  it('of batches that only the device knows have CTAs for the most tiles that there can be', () => {
    const few = { ...decode, m: 128, batchedN: [9, 0, 0, 0] };
    const plan = planLaunch(
      kernelFor(few, { paramsAbi: 'trtllm-gen/2' }),
      checker.check(few, 'h100', settings),
      { dynamicBatches: true },
    );
    // 9 tokens on 4 batches take up to 4 tiles of 8: three of one token, and one of six.
    expect(plan.grid).toEqual({ x: 4, y: 1, z: 1 });
  });

  it('take a cluster from the catalog, and from the problem where that says nothing', () => {
    const problem: Problem = {
      ...{ batchM: false, transposeMmaOutput: true, m: 256, n: 64, k: 1024, tokensPerBatch: [5] },
      ...{ dtypeElt: 'E4m3', dtypeC: 'Bfloat16', clusterDimZ: 2 },
    };
    expect(optionsFor(kernelFor(sliced), problem)).toMatchObject({ clusterDimX: 1, clusterDimZ: 4 });
    expect(optionsFor(kernelOf(decode), problem)).toMatchObject({ clusterDimX: 1, clusterDimZ: 2 });
  });
});

describe('the selection among kernels of hopper-native@1', () => {
  const stages = { 8: 10, 32: 9, 128: 6 } as const;
  const catalog = [
    ...([8, 32, 128] as const).map((tileN) => {
      const tiles = { tileN, epilogueTileN: tileN, mmaN: tileN, numStages: stages[tileN] };
      return kernelFor({ ...decode, ...tiles }, { functionName: `128x${tileN}` });
    }),
    kernelFor({ ...sliced, numStages: 8 }, { functionName: '128x8 in 4 slices' }),
    kernelFor({ ...prefill, tileM: 128, clusterDimX: 1 }, { functionName: '128x128 rows' }),
    kernelFor({ ...prefill, clusterDimX: 1 }, { functionName: '256x128' }),
    kernelFor(prefill, { functionName: '256x128 in clusters' }),
  ];
  const select = (tokens: number, batches: number, anyBatchMode = true) => {
    const problem: Problem = {
      ...{ batchM: false, transposeMmaOutput: true, m: 1536, n: 256, k: 2048 },
      ...{ dtypeElt: 'E4m3', dtypeC: 'Bfloat16' as const, tokensPerBatch: Array(batches).fill(tokens) },
    };
    return selectKernel(checker, problem, catalog, targets.h100, { anyBatchMode });
  };

  it('prefers the smallest tiles for a few tokens of each expert', () => {
    expect(select(4, 128).selected?.kernel.functionName).toBe('128x8');
  });

  it('prefers rows of tokens for many, in tiles so large that sharing them in clusters gains nothing', () => {
    const { selected } = select(4096, 16);
    expect(selected?.kernel.functionName).toBe('256x128');
    // The same product: its sides have changed.
    expect(selected?.result.options).toMatchObject({
      batchM: true,
      m: 256,
      n: 1536,
      transposeMmaOutput: false,
    });
  });

  it('leaves kernels of the other batch mode out where it is not told otherwise', () => {
    const { selected, candidates } = select(4096, 16, false);
    expect(selected?.kernel.functionName).toBe('128x128');
    const refused = candidates.filter(({ fits }) => !fits).map(({ kernel }) => kernel.functionName);
    expect(refused).toContain('256x128 in clusters');
  });

  it('counts the tiles of persistent CTAs', () => {
    // 16 batches of 16 tiles of 256 rows, 12 tiles of channels: 3072 tiles, 66 clusters of two
    const all = select(4096, 16).candidates.filter((candidate) => candidate.fits);
    const cost = all.find(({ kernel }) => kernel.functionName === '256x128 in clusters')?.cost;
    expect(cost).toMatchObject({ ctas: 132, waves: { count: 24, lastIdle: (24 * 132 - 3072) / 132 } });
    // A is loaded once for both CTAs of a cluster.
    expect(cost?.operandBytes).toBe(3072 * (256 / 2 + 128) * 2048);
  });
});
