import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { KernelInfo } from '@gemm-preflight/types';
import { targets } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalProblem } from '../../src/diff/canonical-problem.js';
import { evaluateKernel, targetOf } from '../../src/diff/evaluate.js';
import { builtInCatalogs } from '../../src/input/catalog.js';

const kernels = (await builtInCatalogs()).map(({ kernel }) => kernel);
const request = { checker: createCheckerSync(), ruleSet: undefined, onlyRuleSet: false, target: undefined };
const [some] = kernels;
if (some === undefined) throw new Error('no kernels');

/** Sizes as catalogs may have them, sound or not. */
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const tile = fc.integer({ min: 1, max: 512 });

describe('the problem of a kernel’s own tiles', () => {
  it.each(kernels)('can be run by $functionName', (kernel) => {
    const target = targetOf(kernel, undefined);
    const dynamicBatches = kernel.paramsAbi === 'trtllm-gen/2';
    const problem = canonicalProblem(kernel);
    const outcome = evaluateKernel(kernel, problem, target ?? targets.h100, request, dynamicBatches);
    expect(outcome.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(outcome.ok).toBe(true);
  });

  it('has whole tiles and whole blocks of 128, whatever the tiles', () => {
    const stages = fc.integer({ min: 1, max: 12 });
    const slices = fc.integer({ min: 1, max: 8 });
    const sizes = fc.record({
      tileM: tile,
      tileN: tile,
      tileK: tile,
      numStages: stages,
      numSlicesForSplitK: slices,
    });
    fc.assert(
      fc.property(sizes, fc.constantFrom('batchM', 'batchN'), (given, batchMode) => {
        const problem = canonicalProblem({ ...some, ...given, batchMode });
        const hidden = batchMode === 'batchM' ? problem.n : problem.m;
        const slice = problem.k / given.numSlicesForSplitK;
        expect([problem.m % given.tileM, problem.n % given.tileN]).toEqual([0, 0]);
        expect([hidden % 128, slice % given.tileK, slice % 128]).toEqual([0, 0, 0]);
        expect(slice / given.tileK).toBeGreaterThanOrEqual(given.numStages);
      }),
    );
  });

  it('has 32-bit sizes of at least 1 even for tiles that are none, so that the rules can speak of the tiles', () => {
    const sizes = fc.record({
      tileM: int32,
      tileN: int32,
      tileK: int32,
      numStages: int32,
      numSlicesForSplitK: int32,
    });
    fc.assert(
      fc.property(sizes, (given) => {
        const kernel: KernelInfo = { ...some, ...given };
        const { m, n, k, tokensPerBatch = [] } = canonicalProblem(kernel);
        for (const size of [m, n, k, ...tokensPerBatch]) {
          expect(Number.isInteger(size) && size >= 0 && size < 2 ** 31).toBe(true);
        }
        expect(Math.min(m, n, k)).toBeGreaterThanOrEqual(1);
        const { findings } = evaluateKernel(kernel, canonicalProblem(kernel), targets.h100, request);
        expect(findings.map(({ rule }) => rule)).not.toContain('invalid-input');
      }),
    );
  });

  it('counts tokens in 32 bits even where one tile takes all of them', () => {
    const kernel: KernelInfo = { ...some, tileN: 2 ** 31 - 1 };
    const { findings } = evaluateKernel(kernel, canonicalProblem(kernel), targets.h100, request);
    expect(findings.map(({ rule }) => rule)).not.toContain('invalid-input');
  });
});
