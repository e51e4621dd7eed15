import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type KernelInfo, type Problem, type Target, targets } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FittingKernel, type KernelSelection, selectKernel } from '../../src/select/select-kernel.js';
import { dsfp8, fp8 } from '../configurations.js';
import { catalog, kernelOf, tileKernels } from '../plan/kernels.js';

const checker = createCheckerSync();

/** The presets, h100 and b200 more often; half of them without their rates. */
const anyTarget: fc.Arbitrary<Target> = fc
  .constantFrom<Target>(
    ...Object.values(targets),
    ...Array(8).fill(targets.h100),
    ...Array(8).fill(targets.b200),
  )
  .chain((target) => {
    return fc.constantFrom<Target>(target, { ...target, name: 'mine' });
  });

/** Numbers that an entry may hold by mistake or malice. */
const oddNumber = fc.constantFrom(0, -1, 1.5, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY);
const tile = (...sizes: number[]) =>
  fc.oneof({ weight: 40, arbitrary: fc.constantFrom(...sizes) }, { weight: 1, arbitrary: oddNumber });

/** A kernel, often a plausible one. */
const anyKernel: fc.Arbitrary<KernelInfo> = fc.oneof(
  fc.constantFrom(...tileKernels(), ...catalog('trtllm-gen-2025')),
  // Of the others, those that run the runnable problems more often.
  fc.constantFrom(
    ...catalog('preflight-sm90a').filter(
      ({ batchMode, blockScale, dtypeElt }) => batchMode === 'batchN' && !blockScale && dtypeElt === 'E4m3',
    ),
  ),
  fc.constantFrom(...catalog('preflight-sm90a')),
  fc
    .record({
      functionName: fc.string({ minLength: 1, maxLength: 8 }),
      tileN: tile(8, 16, 24, 32, 64, 128, 256),
      tileK: tile(32, 64, 128, 256),
      numStages: tile(1, 2, 3, 4, 6, 14),
      sharedMemSize: tile(0, 20_000, 50_000, 100_000, 232_448, 232_449),
      threadsPerCta: tile(32, 160, 384, 480, 1024),
      projGateNumSplitKSlices: tile(1, 2),
      arch: fc.constantFrom('sm90a', 'sm100a', 'sm90a', 'sm100a', 'sm103a', 'sm120a' as 'sm90a'),
    })
    .chain((change) =>
      fc.constantFrom(fp8, dsfp8).map((options) =>
        kernelOf(options, {
          ...change,
          epilogueTileM: 128,
          epilogueTileN: change.tileN,
          mmaN: change.tileN,
        }),
      ),
    ),
);

const multipleOf128 = fc.integer({ min: 1, max: 60 }).map((n) => n * 128);

/** A problem that some of these kernels run. */
const runnable: fc.Arbitrary<Problem> = fc.record({
  batchM: fc.constant(false),
  transposeMmaOutput: fc.constant(true),
  m: multipleOf128,
  n: fc.integer({ min: 1, max: 4096 }),
  k: multipleOf128,
  tokensPerBatch: fc.array(fc.nat(300), { minLength: 1, maxLength: 40 }),
  dtypeElt: fc.constant('E4m3'),
  dtypeC: fc.constant('Bfloat16'),
});

const anyProblem: fc.Arbitrary<Problem> = fc.oneof(
  { weight: 3, arbitrary: runnable },
  fc.record({
    batchM: fc.boolean(),
    transposeMmaOutput: fc.boolean(),
    m: fc.oneof(multipleOf128, fc.integer()),
    n: fc.integer(),
    k: fc.oneof(multipleOf128, fc.integer()),
    tokensPerBatch: fc.array(fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1)), { maxLength: 40 }),
    dtypeElt: fc.constantFrom('E4m3', 'Bfloat16'),
    dtypeC: fc.constantFrom('Bfloat16', 'E4m3', 'Void'),
    blockScale: fc.boolean(),
  }),
);

const fittingOf = ({ candidates }: KernelSelection): readonly FittingKernel[] =>
  candidates.filter((candidate) => candidate.fits);

/** Checks a property of selections, and that a fair share of them has something to rank. */
function everySelection(
  holds: (selection: KernelSelection, given: readonly [Problem, readonly KernelInfo[], Target]) => void,
) {
  let ranked = 0;
  fc.assert(
    fc.property(anyProblem, fc.array(anyKernel, { maxLength: 16 }), anyTarget, (problem, kernels, target) => {
      const selection = selectKernel(checker, problem, kernels, target);
      if (fittingOf(selection).length > 1) ranked++;
      holds(selection, [problem, kernels, target]);
    }),
    { numRuns: 400 },
  );
  expect(ranked).toBeGreaterThan(20);
}

describe('selectKernel, for all problems and catalogs', () => {
  it('ranks a permutation of the catalog, those that fit first, the selected one at the top', () => {
    everySelection(({ selected, candidates }, [, kernels]) => {
      expect(candidates).toHaveLength(kernels.length);
      const left = [...kernels];
      for (const { kernel } of candidates) left.splice(left.indexOf(kernel), 1);
      expect(left).toEqual([]);
      const fits = candidates.map((candidate) => candidate.fits);
      expect(fits).toEqual(fits.toSorted((a, b) => Number(b) - Number(a)));
      expect(selected).toBe(fits[0] ? candidates[0] : undefined);
    });
  });

  it('says why of every kernel that it refuses', () => {
    everySelection(({ candidates }) => {
      for (const candidate of candidates) {
        if (candidate.fits) continue;
        expect(candidate.reasons.length).toBeGreaterThan(0);
        for (const { message } of candidate.reasons) expect(message).toMatch(/^\S.*\S$/);
      }
    });
  });

  it('is deterministic, and heeds the order of the catalog only between kernels that cost the same', () => {
    everySelection((selection, [problem, kernels, target]) => {
      expect(selectKernel(checker, problem, kernels, target)).toEqual(selection);
      const reversed = selectKernel(checker, problem, kernels.toReversed(), target);
      const costs = (of: KernelSelection) =>
        fittingOf(of).map(({ cost: { time, padding } }) => [time, padding]);
      expect(costs(reversed)).toEqual(costs(selection));
    });
  });

  it('keeps its terms in their ranges', () => {
    everySelection((selection, [, , target]) => {
      for (const { cost, result } of fittingOf(selection)) {
        const { padding, waves, ctas, occupancy, time } = cost;
        for (const share of [...Object.values(padding), waves.lastIdle]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThan(1);
        }
        expect(padding.total).toBeGreaterThanOrEqual(
          Math.max(padding.tokens, padding.hidden, padding.k) - 1e-12,
        );
        expect(waves.count * target.numSms).toBeGreaterThanOrEqual(ctas);
        // Persistent CTAs, of which there are no more than SMs, come to several waves of tiles.
        if (result.launch?.persistentCtas === undefined)
          expect((waves.count - 1) * target.numSms).toBeLessThan(Math.max(1, ctas));
        expect(occupancy.ctasPerSm).toBeGreaterThanOrEqual(1);
        const { estimatedUs, memoryUs, operandsUs, tensorCoresUs, latencyUs } = time;
        const bounds = [memoryUs ?? 0, operandsUs, tensorCoresUs ?? 0, latencyUs];
        expect(estimatedUs).toBe(Math.max(...bounds));
        for (const bound of bounds) expect(bound).toBeGreaterThanOrEqual(0);
      }
    });
  });

  it('ranks no kernel before one that is better in every term', () => {
    everySelection((selection) => {
      const terms = ({ cost: { time, padding } }: FittingKernel) => [
        time.memoryUs ?? 0,
        time.operandsUs,
        time.tensorCoresUs ?? 0,
        time.latencyUs,
        padding.total,
      ];
      const fitting = fittingOf(selection);
      for (const [i, ahead] of fitting.entries()) {
        for (const behind of fitting.slice(i + 1)) {
          const differences = terms(ahead).map((term, at) => term - (terms(behind)[at] ?? Number.NaN));
          const dominated = differences.every((by) => by >= 0) && differences.some((by) => by > 1e-9);
          expect(dominated).toBe(false);
        }
      }
    });
  });

  it('with measured times, follows these and nothing else', () => {
    const ours = tileKernels();
    const times = fc.array(fc.option(fc.integer({ min: 1, max: 50 })), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(times, fc.nat(64), (given, tokens) => {
        const measured = Object.fromEntries(
          ours.flatMap(({ functionName }, i) => (given[i] == null ? [] : [[functionName, given[i]]])),
        );
        const batchN = { batchM: false, transposeMmaOutput: true, m: 256, n: 64, k: 256 } as const;
        const problem: Problem = {
          ...batchN,
          tokensPerBatch: [tokens],
          dtypeElt: 'E4m3',
          dtypeC: 'Bfloat16',
        };
        const ranked = fittingOf(selectKernel(checker, problem, ours, targets.h100, { measured }));
        const us = ranked.map(({ measuredUs }) => measuredUs ?? Number.POSITIVE_INFINITY);
        expect(us).toEqual(us.toSorted((a, b) => (a === b ? 0 : a - b)));
        expect(ranked.map(({ rankedBy }) => rankedBy === 'measured')).toEqual(us.map(Number.isFinite));
      }),
    );
  });
});
