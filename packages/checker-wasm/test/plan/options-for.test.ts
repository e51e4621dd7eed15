import {
  type BatchedGemmOptions,
  type KernelInfo,
  type OptionName,
  optionNames,
  type Problem,
} from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { optionsFor } from '../../src/plan/options-for.js';
import { fp8 } from '../configurations.js';
import { kernelOf } from './kernels.js';

const kernel = kernelOf(fp8);

const problem: Problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 1536,
  n: 256,
  k: 2048,
  tokensPerBatch: [5, 0, 17, 8],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
};

/** The options that change with a field of the kernel or of the problem. */
const changedBy = (kernelChange: Partial<KernelInfo>, problemChange: Partial<Problem> = {}) => {
  const before = optionsFor(kernel, problem);
  const after = optionsFor({ ...kernel, ...kernelChange }, { ...problem, ...problemChange });
  const changed = optionNames.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name]]));
};

describe('optionsFor', () => {
  it('puts a kernel and a problem together to a configuration', () => {
    expect(optionsFor(kernel, problem)).toEqual(fp8);
  });

  /** Kernel field → option, and a value that no other field has. */
  const fromKernel: readonly (readonly [keyof KernelInfo, OptionName, unknown])[] = [
    ['blockScale', 'useDeepSeekFp8', true],
    ['permuteFusion', 'routeAct', true],
    ['shuffledMatrixA', 'useShuffledMatrixA', true],
    ['tileM', 'tileM', 1001],
    ['tileN', 'tileN', 1002],
    ['tileK', 'tileK', 1003],
    ['epilogueTileM', 'epilogueTileM', 1004],
    ['epilogueTileN', 'epilogueTileN', 1005],
    ['mmaM', 'mmaM', 1006],
    ['mmaN', 'mmaN', 1007],
    ['mmaK', 'mmaK', 1008],
    ['numSlicesForSplitK', 'numSlicesForSplitK', 1009],
    ['dtypeElt', 'dtypeElt', 'E5m2'],
    ['dtypeC', 'dtypeC', 'Fp16'],
    ['dtypeAcc', 'dtypeAcc', 'Int32'],
    ['useTmaStore', 'useTmaStore', false],
    ['numStages', 'numStages', 1010],
    ['useFusedAct', 'useFusedAct', true],
    ['gateUseClusterSplitK', 'gateUseClusterSplitK', true],
    ['projGateNumSplitKSlices', 'projGateNumSplitKSlices', 1011],
  ];

  it.each(fromKernel)('takes the kernel’s %s for %s', (field, option, value) => {
    expect(changedBy({ [field]: value })).toEqual({ [option]: value });
  });

  /** What a kernel says of itself, and not of the configuration. */
  const notOptions: Partial<KernelInfo> = {
    functionName: 'other',
    arch: 'sm103a',
    ruleSet: 'trtllm-gen@2025-03',
    paramsAbi: 'trtllm-gen/2',
    paramsStructSize: 1,
    batchMode: 'batchM',
    transposeMmaOutput: false,
    sharedMemSize: 1,
    threadsPerCta: 1,
    cubin: 'other.cubin',
    sha256: '00',
  };

  it('takes nothing else of the kernel', () => {
    expect(changedBy(notOptions)).toEqual({});
  });

  it('is shown here for every field of a kernel', () => {
    const shown = [...fromKernel.map(([field]) => field), ...Object.keys(notOptions)];
    expect(shown.sort()).toEqual([...Object.keys(kernel), 'cubin', 'sha256'].sort());
  });

  it.each<[keyof Problem, Partial<Problem>, Partial<BatchedGemmOptions>]>([
    ['transposeMmaOutput', { transposeMmaOutput: false }, { transposeMmaOutput: false }],
    ['m', { m: 1001 }, { m: 1001 }],
    ['n', { n: 1002 }, { n: 1002 }],
    ['k', { k: 1003 }, { k: 1003 }],
    ['numTokens', { numTokens: 7 }, { numTokens: 7 }],
    ['clusterDimX', { clusterDimX: 2 }, { clusterDimX: 2 }],
    ['clusterDimY', { clusterDimY: 3 }, { clusterDimY: 3 }],
    ['clusterDimZ', { clusterDimZ: 4 }, { clusterDimZ: 4 }],
    ['allReduceAlgo', { allReduceAlgo: 'TwoShot' }, { allReduceAlgo: 'TwoShot' }],
    ['atol', { atol: 0.5 }, { atol: 0.5 }],
    ['rtol', { rtol: 0.25 }, { rtol: 0.25 }],
    ['name', { name: 'down' }, {}],
    // The kernel's own decide; selectKernel holds the problem's against them.
    ['dtypeElt', { dtypeElt: 'Fp16' }, {}],
    ['dtypeC', { dtypeC: 'Fp16' }, {}],
    ['blockScale', { blockScale: true }, {}],
    ['permuteFusion', { permuteFusion: true }, {}],
  ])('of a problem’s %s makes the option', (_, change, options) => {
    expect(changedBy({}, change)).toEqual(options);
  });

  it('puts the tokens into the list of the dimension that they run along', () => {
    const tokens = [1, 2, 3];
    expect(changedBy({}, { tokensPerBatch: tokens })).toEqual({
      batchedN: tokens,
      numTokens: 6,
      numBatches: 3,
    });
    expect(changedBy({}, { batchM: true, tokensPerBatch: tokens })).toEqual({
      batchM: true,
      batchedM: tokens,
      batchedN: [],
      numTokens: 6,
      numBatches: 3,
    });
  });

  it('without tokens has no batch', () => {
    const { tokensPerBatch: _, ...withoutTokens } = problem;
    expect(optionsFor(kernel, withoutTokens)).toMatchObject({ batchedN: [], numTokens: 0, numBatches: 0 });
  });

  it('leaves tolerances out that nobody gave, for the rule set to choose', () => {
    expect(Object.keys(optionsFor(kernel, problem))).not.toContain('atol');
    expect(Object.keys(optionsFor(kernel, problem))).not.toContain('rtol');
  });
});
