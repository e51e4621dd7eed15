import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type KernelInfo, type Problem, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { chooseKernel, type KernelCandidate } from '../../src/plan/choose-kernel.js';
import { dsfp8, fp8 } from '../configurations.js';
import { catalog, kernelOf } from './kernels.js';

const checker = createCheckerSync();
const { b200, h100 } = targets;

/** Kernels with tiles of 128 × 8, 16, 32, 64 tokens, in this order. */
const ours = catalog('preflight-sm90a');

const problem: Problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 256,
  n: 64,
  k: 256,
  tokensPerBatch: [5, 0, 17, 8],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
};

const costOf = (candidate: KernelCandidate) => (candidate.fits ? candidate.cost : undefined);
const reasonsOf = (candidate: KernelCandidate) => (candidate.fits ? [] : candidate.reasons);

describe('chooseKernel ranks the kernels that fit', () => {
  it('by the bytes that their CTAs load, and then by padding', () => {
    const { chosen, candidates } = chooseKernel(checker, problem, ours, h100);
    expect(candidates.map(({ kernel }) => kernel.tileN)).toEqual([32, 16, 64, 8]);
    expect(candidates.map(costOf)).toEqual([
      // 2 tiles of m · 3 CTAs along the tokens, each (128 + 32) · 256 bytes; 30 tokens of 96
      { operandBytes: 6 * 160 * 256, padding: 1 - 30 / 96, waves: 6 / 132 },
      // 2 · 4, each (128 + 16) · 256 bytes, and
      { operandBytes: 8 * 144 * 256, padding: 1 - 30 / 64, waves: 8 / 132 },
      // 2 · 3, each (128 + 64) · 256: as many, but more padding
      { operandBytes: 6 * 192 * 256, padding: 1 - 30 / 192, waves: 6 / 132 },
      // 2 · 5, each (128 + 8) · 256 bytes
      { operandBytes: 10 * 136 * 256, padding: 1 - 30 / 40, waves: 10 / 132 },
    ]);
    expect(chosen).toBe(candidates[0]);
  });

  it.each([
    [[1, 1, 1, 1], 8],
    [[16, 16, 15, 9], 16],
    [[64, 64, 33, 64], 64],
  ])('and so takes for the batches %j tiles of %i tokens', (tokensPerBatch, tileN) => {
    const { chosen } = chooseKernel(checker, { ...problem, tokensPerBatch }, ours, h100);
    expect(chosen?.kernel.tileN).toBe(tileN);
  });

  it('whatever their order in the catalog', () => {
    const { candidates } = chooseKernel(checker, problem, ours.toReversed(), h100);
    expect(candidates.map(({ kernel }) => kernel.tileN)).toEqual([32, 16, 64, 8]);
  });

  it('in the catalog’s order where they cost the same', () => {
    const twins = ['first', 'second', 'third'].map((functionName) => kernelOf(fp8, { functionName }));
    const { candidates } = chooseKernel(checker, problem, twins, b200);
    expect(candidates.map(({ kernel }) => kernel)).toEqual(twins);
  });

  it('counts the slices of the grid along z, and half bytes', () => {
    const cost = (change: Partial<KernelInfo>, dtypeElt: Problem['dtypeElt']) =>
      costOf(
        chooseKernel(checker, { ...problem, dtypeElt }, [kernelOf(fp8, { dtypeElt, ...change })], b200)
          .candidates[0] as KernelCandidate,
      );
    expect(cost({ projGateNumSplitKSlices: 3 }, 'E4m3')).toMatchObject({
      operandBytes: 3 * 10 * 136 * 256,
      waves: 30 / 148,
    });
    const fp4Tiles = { tileN: 128, epilogueTileM: 128, epilogueTileN: 128, mmaM: 128, mmaN: 128, mmaK: 64 };
    // 2 tiles of m · 3 CTAs along the tokens, each (128 + 128) · 256 half bytes
    expect(cost(fp4Tiles, 'E2m1')?.operandBytes).toBe((6 * 256 * 256) / 2);
  });

  it('with the check’s result, for the plan', () => {
    const { chosen } = chooseKernel(checker, problem, ours, h100);
    expect(chosen?.result).toMatchObject({ ok: true, launch: { grid: { x: 2, y: 3, z: 1 } } });
  });

  it('and padding 0 where there is no token', () => {
    const { chosen } = chooseKernel(checker, { ...problem, tokensPerBatch: [0, 0] }, ours, h100);
    expect(chosen?.cost).toEqual({ operandBytes: 0, padding: 0, waves: 0 });
  });
});

describe('chooseKernel refuses', () => {
  const fitting = kernelOf(fp8);

  it('kernels that compute something else, without a check', () => {
    const other = kernelOf(dsfp8, { functionName: 'scaled' });
    const { chosen, candidates } = chooseKernel(checker, problem, [other, fitting], b200);
    expect(chosen?.kernel).toBe(fitting);
    expect(candidates[1]).toEqual({
      fits: false,
      kernel: other,
      reasons: [
        'writes E4m3, where the problem wants Bfloat16',
        'needs DeepSeek block scales, which the problem has not',
      ],
    });
  });

  it('kernels whose check finds errors, with the messages of all of them', () => {
    const [candidate] = chooseKernel(checker, { ...problem, m: 300, k: 200 }, [fitting], b200).candidates;
    const errors = candidate?.result?.diagnostics.filter(({ severity }) => severity === 'error') ?? [];
    expect(errors.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['tile-k-divides-k-slice']));
    expect(errors.length).toBeGreaterThan(1);
    expect(reasonsOf(candidate as KernelCandidate)).toEqual(errors.map(({ message }) => message));
  });

  it('kernels that need more shared memory than the GPU has', () => {
    const deep = kernelOf(fp8, { numStages: 14 });
    const [candidate] = chooseKernel(checker, problem, [deep], b200).candidates;
    expect(reasonsOf(candidate as KernelCandidate)[0]).toMatch(
      /^A 224 KiB \(16 KiB × 14 stages\), .* of b200 can have$/,
    );
  });

  it('all of them: then none is chosen, and each has its reasons, in the catalog’s order', () => {
    const { chosen, candidates } = chooseKernel(checker, problem, ours, b200);
    expect(chosen).toBeUndefined();
    expect(candidates.map(({ kernel }) => kernel)).toEqual(ours);
    for (const candidate of candidates) {
      expect(reasonsOf(candidate)).toEqual(['built for sm90a, and b200 is sm100a']);
    }
  });

  it('none where there is none to choose from', () => {
    expect(chooseKernel(checker, problem, [], h100)).toEqual({ chosen: undefined, candidates: [] });
  });

  it('and lists the refused behind those that fit', () => {
    const kernels = [...catalog('trtllm-gen-2025'), ...ours];
    const { candidates } = chooseKernel(checker, problem, kernels, h100);
    expect(candidates.map(({ fits }) => fits)).toEqual([...Array(4).fill(true), ...Array(5).fill(false)]);
    expect(candidates.slice(4).map(({ kernel }) => kernel)).toEqual(catalog('trtllm-gen-2025'));
  });
});

describe('chooseKernel and a kernel that the check would have to adjust', () => {
  it('refuses it: compiled code keeps the tiles that it was compiled with', () => {
    // mmaM 128 makes the check widen epilogueTileM from 64 to 128, and the output’s tensor map with it.
    const kernel = kernelOf(fp8, { mmaM: 128, epilogueTileM: 64 });
    const { options, ok } = checker.check({ ...fp8, mmaM: 128, epilogueTileM: 64 }, 'b200');
    expect({ ok, epilogueTileM: options.epilogueTileM }).toEqual({ ok: true, epilogueTileM: 128 });
    expect(chooseKernel(checker, problem, [kernel], b200).chosen).toBeUndefined();
  });
});
