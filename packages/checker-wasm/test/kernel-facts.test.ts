import {
  checkMany,
  createCheckerSync,
  optionsFor,
  packOptions,
  planLaunch,
  verdictRule,
} from '@gemm-preflight/checker-wasm';
import { type KernelFacts, maxParamsBytes, paramsBytes, targetNames, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { errorsOf, fp8 } from './configurations.js';
import { catalog } from './plan/kernels.js';

const checker = createCheckerSync();
const sound: KernelFacts = {
  arch: 'sm100a',
  sharedMemSize: 70_656,
  threadsPerCta: 160,
  paramsAbi: 'trtllm-gen/1',
  paramsStructSize: 17_280,
};
const errors = (change: object) =>
  errorsOf(checker.check(fp8, 'b200', { kernel: { ...sound, ...change } as KernelFacts }));

describe('a check of a kernel', () => {
  it('finds nothing in a sound one', () => {
    expect(errors({})).toEqual([]);
  });

  it('finds everything that is wrong with it', () => {
    const wrong = { arch: 'sm90a', sharedMemSize: 1, threadsPerCta: 33, paramsStructSize: 8 };
    expect(errors(wrong)).toEqual([
      'kernel-arch',
      'kernel-shared-memory',
      'threads-per-cta',
      'parameter-block-size',
    ]);
  });

  it.each([
    ['arch', 'sm90', 'kernel-arch'],
    ['arch', '', 'kernel-arch'],
    ['sharedMemSize', Number.NaN, 'kernel-shared-memory'],
    ['sharedMemSize', 2 ** 32 + 80_000, 'kernel-shared-memory'],
    ['threadsPerCta', 160.5, 'threads-per-cta'],
    ['threadsPerCta', undefined, 'threads-per-cta'],
    ['paramsStructSize', Number.POSITIVE_INFINITY, 'parameter-block-size'],
    ['paramsAbi', 'trtllm-gen/9', 'parameter-block-size'],
  ])('takes no %s of %s', (fact, value, rule) => {
    expect(errors({ [fact]: value })).toEqual([rule]);
  });

  it('names a version of the parameter block that is none', () => {
    const kernel = { ...sound, paramsAbi: 'other/1' } as unknown as KernelFacts;
    expect(checker.check(fp8, 'b200', { kernel }).diagnostics[0]?.message).toContain('version other/1');
  });

  it('does not say twice that the layout is too large', () => {
    const kernel = { ...sound, sharedMemSize: 1000 };
    expect(errorsOf(checker.check({ ...fp8, numStages: 20 }, 'b200', { kernel }))).toEqual([
      'shared-memory-limit',
    ]);
  });

  it('is silent about shared memory that cannot be laid out', () => {
    const kernel = { ...sound, sharedMemSize: 1 };
    expect(errorsOf(checker.check({ ...fp8, numStages: 0 }, 'b200', { kernel }))).toEqual([
      'tile-sizes-positive',
    ]);
  });

  it('leaves nothing behind for a check without one', () => {
    expect(errors({ threadsPerCta: 1 })).toEqual(['threads-per-cta']);
    expect(errorsOf(checker.check(fp8, 'b200'))).toEqual([]);
    expect(errors({ threadsPerCta: 1 })).toEqual(['threads-per-cta']);
    expect(checkMany(checker, packOptions([fp8]), 'b200').valid).toBe(1);
  });

  it('sees a kernel that was changed since', () => {
    const kernel = { ...sound };
    expect(errorsOf(checker.check(fp8, 'b200', { kernel }))).toEqual([]);
    Object.assign(kernel, { threadsPerCta: 1 });
    expect(errorsOf(checker.check(fp8, 'b200', { kernel }))).toEqual(['threads-per-cta']);
  });

  it('of many has the same first errors', () => {
    for (const change of [{}, { arch: 'sm103a' }, { sharedMemSize: 1 }, { paramsStructSize: 1 }] as const) {
      const kernel = { ...sound, ...change };
      const { firstErrors } = checkMany(checker, packOptions([fp8, { ...fp8, numStages: 20 }]), 'b200', {
        kernel,
      });
      expect(Array.from(firstErrors, verdictRule)).toEqual([errors(change)[0], 'shared-memory-limit']);
    }
  });

  it('belongs to the groups around the rule set', () => {
    const kernel = { ...sound, threadsPerCta: 1 };
    expect(checker.check(fp8, 'b200', { kernel, onlyRuleSet: true }).ok).toBe(true);
  });
});

it('parameter blocks are small enough to be passed by value', () => {
  for (const bytes of Object.values(paramsBytes)) expect(bytes).toBeLessThanOrEqual(maxParamsBytes);
});

describe.each(['preflight-sm90a', 'trtllm-gen-2025'] as const)('every kernel of %s', (name) => {
  it.each(catalog(name).map((kernel) => [kernel.functionName, kernel] as const))(
    '%s passes on the GPUs that it was built for, for any sensible problem',
    (_, kernel) => {
      const own = targetNames.map((target) => targets[target]).filter(({ arch }) => arch === kernel.arch);
      expect(own.length).toBeGreaterThan(0);
      const { batchMode, ruleSet, dtypeElt, dtypeC, transposeMmaOutput, clusterDimX = 1 } = kernel;
      const batchM = batchMode === 'batchM';
      const [tokenTile, channelTile] = batchM ? [kernel.tileM, kernel.tileN] : [kernel.tileN, kernel.tileM];
      for (const target of own) {
        for (const hidden of [256, 768, 1536, 4096, 7168]) {
          for (const k of [512, 1024, 2048, 7168]) {
            for (const tokensPerBatch of [[1], [5, 0, 17, 8], new Array<number>(256).fill(3)]) {
              const options = optionsFor(kernel, {
                ...{ batchM, transposeMmaOutput, k, tokensPerBatch, numTokens: 8, dtypeElt, dtypeC },
                ...(batchM ? { m: 256, n: hidden } : { m: hidden, n: 256 }),
              });
              const result = checker.check(options, target, { kernel, ruleSet });
              expect(errorsOf(result)).toEqual([]);
              if (kernel.paramsAbi !== 'trtllm-gen/1') continue;
              const { grid } = planLaunch(kernel, result);
              const ctas = tokensPerBatch.reduce((all, tokens) => all + Math.ceil(tokens / tokenTile), 0);
              const tiles = (ctas * hidden) / channelTile;
              const atOnce = Math.min(tiles, target.numSms ?? tiles);
              if (ruleSet === 'hopper-native@1') expect(grid.x).toBe(atOnce - (atOnce % clusterDimX));
              else expect(grid.x).toBe(hidden / channelTile);
            }
          }
        }
      }
    },
  );
});
