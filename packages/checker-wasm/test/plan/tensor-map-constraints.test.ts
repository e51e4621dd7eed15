import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type BatchedGemmOptions, type Dtype, type LaunchPlan, targetNames } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlanError } from '../../src/plan/plan-error.js';
import { planLaunch } from '../../src/plan/plan-launch.js';
import { optionsNearValid, validOptions } from '../arbitraries.js';
import { errorsOf, fp8 } from '../configurations.js';
import { kernelOf } from './kernels.js';
import { constraints } from './tensor-map-constraints.js';

const checker = createCheckerSync();
const mmaK: Partial<Record<Dtype, number>> = { E4m3: 32, E2m1: 64, Fp32: 8 };

/** Configurations whose sizes go together, with tiles of every shape; the check decides which are valid. */
const configuration: fc.Arbitrary<BatchedGemmOptions> = fc
  .record({
    batchM: fc.boolean(),
    dtypeElt: fc.constantFrom<Dtype>('E4m3', 'E4m3', 'Fp16', 'Bfloat16', 'Fp32', 'E2m1'),
    dtypeC: fc.constantFrom<Dtype>('Bfloat16', 'Fp16', 'Fp32', 'E4m3', 'E2m1'),
    useDeepSeekFp8: fc.boolean(),
    routeAct: fc.boolean(),
    tileM: fc.constantFrom(8, 16, 32, 48, 64, 96, 112, 128),
    tileN: fc.constantFrom(8, 16, 24, 32, 48, 64, 96, 128, 160, 192, 256, 320, 512),
    tileK: fc.constantFrom(16, 32, 48, 64, 96, 128, 160, 192, 256, 512),
    epilogueParts: fc.constantFrom(1, 2),
    weightTiles: fc.integer({ min: 1, max: 40 }),
    kTiles: fc.integer({ min: 1, max: 8 }),
    tokens: fc.array(fc.nat(300), { minLength: 1, maxLength: 8 }).filter((list) => list.some((n) => n > 0)),
  })
  .map(({ batchM, weightTiles, kTiles, tokens, epilogueParts, useDeepSeekFp8, tileK, ...chosen }) => ({
    ...fp8,
    ...chosen,
    batchM,
    transposeMmaOutput: !batchM,
    useDeepSeekFp8: useDeepSeekFp8 && chosen.dtypeElt === 'E4m3',
    tileK: useDeepSeekFp8 ? 128 : tileK,
    epilogueTileM: chosen.tileM / epilogueParts,
    epilogueTileN: chosen.tileN / epilogueParts,
    mmaM: 4,
    mmaN: 4,
    mmaK: mmaK[chosen.dtypeElt] ?? 16,
    m: batchM ? 256 : chosen.tileM * weightTiles,
    n: batchM ? chosen.tileN * weightTiles : 256,
    k: (useDeepSeekFp8 ? 128 : tileK) * kTiles,
    batchedM: batchM ? tokens : [],
    batchedN: batchM ? [] : tokens,
    numBatches: tokens.length,
    numStages: 1,
  }));

/** The plan of what the rule set takes; a PlanError, if no map can describe it; undefined, if the rule set refuses it. */
function planned(options: BatchedGemmOptions): LaunchPlan | PlanError | undefined {
  const result = checker.check(options, 'b200', { onlyRuleSet: true });
  if (!result.ok) return undefined;
  try {
    return planLaunch(kernelOf(result.options), result);
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
}

function isPlan(outcome: ReturnType<typeof planned>): outcome is LaunchPlan {
  return outcome !== undefined && !(outcome instanceof PlanError);
}

const aboutMaps = (options: BatchedGemmOptions) =>
  errorsOf(checker.check(options, 'b200')).filter((rule) => rule.startsWith('tensor-map-'));

describe('every tensor map of a configuration that can be planned', () => {
  it.each(constraints)('keeps what the driver demands: %s', (_, holds) => {
    fc.assert(
      fc.property(configuration, (options) => {
        const plan = planned(options);
        fc.pre(isPlan(plan));
        expect(plan.tensorMaps.filter((map) => !holds(map))).toEqual([]);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it('is one of many: these tests see plans of every type, with and without routing', () => {
    const plans = fc.sample(configuration, { numRuns: 1500, seed: 1 }).map(planned);
    const seen = plans.filter(isPlan);
    expect(seen.length).toBeGreaterThan(250);
    const kinds = new Set(
      seen.flatMap(({ tensorMaps }) => tensorMaps.map(({ map, dtype }) => `${map} ${dtype}`)),
    );
    for (const kind of ['tmaA UINT8', 'tmaA FLOAT32', 'tmaB BFLOAT16', 'tmaB 16U4_ALIGN8B', 'tmaC FLOAT16']) {
      expect(kinds).toContain(kind);
    }
    expect(new Set(seen.map(({ options }) => options.routeAct))).toEqual(new Set([true, false]));
  });

  it('or gets one line that says why there is none', () => {
    const plans = fc.sample(configuration, { numRuns: 1500, seed: 1 }).map(planned);
    const refused = plans.filter((plan) => plan instanceof PlanError);
    expect(refused.length).toBeGreaterThan(10);
    for (const { message } of refused) expect(message).toMatch(/^tma[ABC] .*\d/);
  });
});

describe('the check', () => {
  it('finds a map that cannot be built exactly where there is no plan', () => {
    fc.assert(
      fc.property(configuration, (options) => {
        const plan = planned(options);
        fc.pre(plan !== undefined);
        expect(aboutMaps(options).length > 0, String(plan)).toBe(plan instanceof PlanError);
      }),
      { numRuns: 1500 },
    );
  });

  const anything = fc.oneof(configuration, optionsNearValid, validOptions);
  const hasTokens = (o: BatchedGemmOptions) => (o.batchM ? o.batchedM : o.batchedN).some((n) => n > 0);

  it('passes nothing that cannot be planned, whatever the options', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom(...targetNames), (options, target) => {
        const result = checker.check(options, target);
        fc.pre(result.ok && hasTokens(result.options));
        const { tensorMaps } = planLaunch(kernelOf(result.options), result);
        for (const [demand, holds] of constraints) {
          expect(
            tensorMaps.filter((map) => !holds(map)),
            demand,
          ).toEqual([]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('passes many: these tests see valid configurations', () => {
    const seen = fc.sample(anything, { numRuns: 1500, seed: 1 });
    expect(seen.filter((options) => checker.check(options, 'b200').ok).length).toBeGreaterThan(300);
  });
});

describe('a configuration that the driver would refuse is refused by the check, and in the plan', () => {
  const small: BatchedGemmOptions = { ...fp8, numStages: 1, k: 1920, epilogueTileM: 128 };

  it.each<[string, Partial<BatchedGemmOptions>, string]>([
    ['tokens in tiles of more rows than the 256 of a box', { tileN: 512, epilogueTileN: 512 }, 'box'],
    ['tile rows of 96 bytes: no swizzle spans exactly that', { tileK: 96 }, 'swizzle'],
    [
      'tile rows of 192 bytes: the boxes of 128 are wider than the 64-byte swizzle',
      { tileK: 192 },
      'swizzle',
    ],
    ['output tile rows of 192 bytes', { tileM: 96, epilogueTileM: 96, mmaM: 64 }, 'swizzle'],
    [
      'more rows of weights than the 2^32 of a dimension',
      { m: 2 ** 30, batchedN: [1, 1, 1, 1, 1], numBatches: 5 },
      'extent',
    ],
  ])('%s', (_, changes, rule) => {
    const options = { ...small, ...changes };
    expect(errorsOf(checker.check(options, 'b200'))).toContain(`tensor-map-${rule}`);
    expect(planned(options)).toBeInstanceOf(PlanError);
  });
});
