import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type KernelInfo, type Problem, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { type KernelCandidate, selectKernel } from '../../src/select/select-kernel.js';
import { dsfp8, fp8 } from '../configurations.js';
import { catalog, kernelOf, tileKernels } from '../plan/kernels.js';

const checker = createCheckerSync();
const { b200, h100 } = targets;

const ours = tileKernels();

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

const reasonsOf = (candidate: KernelCandidate | undefined) =>
  candidate === undefined || candidate.fits ? [] : candidate.reasons;
const messagesOf = (candidate: KernelCandidate | undefined) =>
  reasonsOf(candidate).map(({ message }) => message);
const tilesOf = (candidates: readonly KernelCandidate[]) => candidates.map(({ kernel }) => kernel.tileN);

describe('selectKernel ranks the kernels that fit', () => {
  it.each([
    [Array(32).fill(1), 8],
    [Array(32).fill(16), 16],
    [Array(32).fill(32), 32],
    [Array(32).fill(64), 64],
  ])('and so takes for the batches %j tiles of %i tokens', (tokensPerBatch, tileN) => {
    const { selected } = selectKernel(checker, { ...problem, m: 1536, k: 2048, tokensPerBatch }, ours, h100);
    expect(selected?.kernel.tileN).toBe(tileN);
  });

  it('by the estimate, whatever their order in the catalog', () => {
    const { selected, candidates } = selectKernel(checker, problem, ours, h100);
    const estimates = candidates.map((one) => (one.fits ? one.cost.time.estimatedUs : Number.NaN));
    expect(estimates).toEqual(estimates.toSorted((a, b) => a - b));
    expect(selected).toBe(candidates[0]);
    expect(selected?.rankedBy).toBe('model');
    expect(tilesOf(selectKernel(checker, problem, ours.toReversed(), h100).candidates)).toEqual(
      tilesOf(candidates),
    );
  });

  it('in the catalog’s order where they cost the same', () => {
    const twins = ['second', 'third', 'first'].map((functionName) => kernelOf(fp8, { functionName }));
    const { candidates } = selectKernel(checker, problem, twins, b200);
    expect(candidates.map(({ kernel }) => kernel)).toEqual(twins);
  });

  it('with the check’s result, for the plan', () => {
    const { selected } = selectKernel(checker, problem, ours, h100);
    const { tileN = 0 } = selected?.kernel ?? {};
    expect(selected?.result).toMatchObject({
      ok: true,
      launch: {
        grid: { x: 2, y: Math.ceil(5 / tileN) + Math.ceil(17 / tileN) + Math.ceil(8 / tileN), z: 1 },
      },
    });
  });

  it.each([[[]], [undefined]])(
    'for the batches %j with those that the rule set fills in',
    (tokensPerBatch) => {
      const { tokensPerBatch: _, ...rest } = problem;
      const given = tokensPerBatch === undefined ? rest : { ...rest, tokensPerBatch };
      const { selected } = selectKernel(checker, given, ours, h100);
      expect(selected?.result.options.batchedN).toEqual([128, 256]);
      expect(selected?.cost.ctas).toBe(2 * (384 / (selected?.kernel.tileN ?? 0)));
    },
  );

  it('also where the target does not know its rates', () => {
    // A product that nobody has published rates of.
    const { selected } = selectKernel(checker, problem, ours, { ...h100, name: 'mine' });
    expect(selected?.cost.time).toMatchObject({ memoryUs: null, tensorCoresUs: null });
    expect(selected?.cost.time.estimatedUs).toBeGreaterThan(0);
  });
});

describe('selectKernel and measured times', () => {
  const nameOf = (tileN: number) => ours.find((kernel) => kernel.tileN === tileN)?.functionName ?? '';

  it('rank before the model', () => {
    const measured = { [nameOf(64)]: 9.5, [nameOf(16)]: 7.25, 'not in the catalog': 1 };
    const { selected, candidates } = selectKernel(checker, problem, ours, h100, { measured });
    expect(tilesOf(candidates).slice(0, 2)).toEqual([16, 64]);
    expect(selected).toMatchObject({ rankedBy: 'measured', measuredUs: 7.25 });
    expect(candidates.slice(2)).toEqual([
      expect.objectContaining({ rankedBy: 'model' }),
      expect.objectContaining({ rankedBy: 'model' }),
    ]);
    expect(candidates[2]).not.toHaveProperty('measuredUs');
  });

  it('do not make a kernel fit', () => {
    const { selected } = selectKernel(checker, problem, ours, b200, { measured: { [nameOf(8)]: 1 } });
    expect(selected).toBeUndefined();
  });

  it('are looked up among the given names only', () => {
    const odd = [kernelOf(fp8, { functionName: 'toString' }), kernelOf(fp8, { functionName: '__proto__' })];
    const { candidates } = selectKernel(checker, problem, odd, b200, { measured: {} });
    expect(candidates.map((one) => one.fits && one.rankedBy)).toEqual(['model', 'model']);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a time of %d', (us) => {
    expect(() => selectKernel(checker, problem, ours, h100, { measured: { gemm: us } })).toThrow(
      new RangeError(`the measured time of gemm is ${us}; it must be microseconds above 0`),
    );
  });
});

describe('selectKernel refuses', () => {
  const fitting = kernelOf(fp8);

  it('kernels that compute something else, without a check', () => {
    const other = kernelOf(dsfp8, { functionName: 'scaled' });
    const { selected, candidates } = selectKernel(checker, problem, [other, fitting], b200);
    expect(selected?.kernel).toBe(fitting);
    expect(candidates[1]).toEqual({
      fits: false,
      kernel: other,
      reasons: [
        { kind: 'output-dtype', message: 'writes E4m3, where the problem wants Bfloat16' },
        { kind: 'block-scale', message: 'needs DeepSeek block scales, which the problem has not' },
      ],
    });
  });

  it('kernels whose check finds errors, with the diagnostics of all of them', () => {
    const [candidate] = selectKernel(checker, { ...problem, m: 300, k: 200 }, [fitting], b200).candidates;
    const errors = candidate?.result?.diagnostics.filter(({ severity }) => severity === 'error') ?? [];
    expect(errors.length).toBeGreaterThan(1);
    expect(reasonsOf(candidate)).toEqual(
      errors.map((diagnostic) => ({ kind: 'rule', message: diagnostic.message, diagnostic })),
    );
    const tileK = errors.find(({ rule }) => rule === 'tile-k-divides-k-slice');
    expect(tileK?.fixes?.[0]?.changes[0]).toMatchObject({ field: 'k', to: 256 });
  });

  it('kernels that need more shared memory than the GPU has', () => {
    const [candidate] = selectKernel(checker, problem, [kernelOf(fp8, { numStages: 14 })], b200).candidates;
    expect(messagesOf(candidate)[0]).toMatch(/^A 224 KiB \(16 KiB × 14 stages\), .* of b200 can have$/);
  });

  it('kernels that the check would have to adjust: compiled code keeps its tiles', () => {
    // mmaM 128 makes the check widen epilogueTileM from 64 to 128, and the output’s tensor map with it.
    const kernel = kernelOf(fp8, { mmaM: 128, epilogueTileM: 64 });
    const { options, ok } = checker.check({ ...fp8, mmaM: 128, epilogueTileM: 64 }, 'b200');
    expect({ ok, epilogueTileM: options.epilogueTileM }).toEqual({ ok: true, epilogueTileM: 128 });
    const [candidate] = selectKernel(checker, problem, [kernel], b200).candidates;
    expect(reasonsOf(candidate)).toEqual([
      {
        kind: 'compiled-option',
        message: 'compiled with epilogueTileM 64, where the checked options have 128',
      },
    ]);
  });

  it('all of them: then none is selected, and each has its reasons, in the catalog’s order', () => {
    const { selected, candidates } = selectKernel(checker, problem, ours, b200);
    expect(selected).toBeUndefined();
    expect(candidates.map(({ kernel }) => kernel)).toEqual(ours);
    for (const candidate of candidates) {
      expect(reasonsOf(candidate)).toEqual([
        { kind: 'arch', message: 'built for sm90a, and b200 is sm100a' },
      ]);
    }
  });

  it('kernels that have their CTA tables from elsewhere', () => {
    const scaled: Problem = { ...problem, blockScale: true };
    const abisFor = (dynamicBatches: boolean) => {
      const all = selectKernel(checker, scaled, catalog('preflight-sm90a'), h100, { dynamicBatches });
      return new Set(all.candidates.filter(({ fits }) => fits).map(({ kernel }) => kernel.paramsAbi));
    };
    expect([...abisFor(false)]).toEqual(['trtllm-gen/1']);
    expect([...abisFor(true)]).toEqual(['trtllm-gen/2']);
  });

  it('none where there is none to choose from', () => {
    expect(selectKernel(checker, problem, [], h100)).toEqual({ selected: undefined, candidates: [] });
  });

  it('and lists the refused behind those that fit', () => {
    const kernels = [...catalog('trtllm-gen-2025'), ...ours];
    const { candidates } = selectKernel(checker, problem, kernels, h100);
    expect(candidates.map(({ fits }) => fits)).toEqual([...Array(4).fill(true), ...Array(5).fill(false)]);
    expect(candidates.slice(4).map(({ kernel }) => kernel)).toEqual(catalog('trtllm-gen-2025'));
  });
});

describe('selectKernel and catalog entries that nothing can run', () => {
  const reasonFor = (change: object) => {
    const [candidate] = selectKernel(
      checker,
      problem,
      [{ ...kernelOf(fp8), ...change } as KernelInfo],
      b200,
    ).candidates;
    return reasonsOf(candidate)[0];
  };

  it.each([{ tileM: 0 }, { tileN: -8 }, { tileK: 0 }, { numStages: 0 }])('refuses %j by a rule', (change) => {
    expect(reasonFor(change)).toMatchObject({
      kind: 'rule',
      diagnostic: { rule: 'tile-sizes-positive', severity: 'error' },
    });
  });

  it.each([{ tileM: Number.NaN }, { numStages: 1.5 }, { dtypeAcc: 'Fp31' }, { useTmaStore: undefined }])(
    'refuses %j as invalid input',
    (change) => {
      expect(reasonFor(change)).toMatchObject({ kind: 'rule', diagnostic: { rule: 'invalid-input' } });
    },
  );

  it.each([
    ['kernel-shared-memory', { sharedMemSize: 232_449 }],
    ['kernel-shared-memory', { sharedMemSize: -1 }],
    ['kernel-shared-memory', { sharedMemSize: Number.NaN }],
    ['threads-per-cta', { threadsPerCta: 0 }],
    ['threads-per-cta', { threadsPerCta: 2049 }],
    ['threads-per-cta', { threadsPerCta: undefined }],
  ])('refuses by the rule %s a kernel with %j, for which no SM has room', (rule, change) => {
    expect(reasonFor(change)).toMatchObject({ kind: 'rule', diagnostic: { rule } });
  });

  it('takes shared memory up to the limit', () => {
    expect(reasonFor({ sharedMemSize: 232_448 })).toBeUndefined();
  });

  it('refuses less shared memory than the layout takes', () => {
    expect(reasonFor({ sharedMemSize: 0 })).toMatchObject({
      kind: 'rule',
      diagnostic: { rule: 'kernel-shared-memory' },
    });
  });

  it('refuses a rule set that is not known', () => {
    expect(reasonFor({ ruleSet: 'next@2027' })).toEqual({
      kind: 'rule-set',
      message: 'obeys the rule set next@2027, which is not known',
    });
  });
});
