import {
  checkMany,
  createCheckerSync,
  ctaTables,
  packOptions,
  planLaunch,
  type SearchSpace,
  search,
  tokensOf,
  tokenTile,
  verdictRule,
  withTokens,
} from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  dtypeBits,
  maxTensorMapBox,
  ruleCatalog,
  ruleSets,
  type Target,
  targets,
} from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rawRecord } from '../arbitraries.js';
import { errorsOf } from '../configurations.js';
import { kernelOf } from '../plan/kernels.js';
import { decode, prefill, sliced } from '../rules/hopper-native-1.js';
import { legalOptions, nearLegal } from './arbitraries.js';

const checker = createCheckerSync();
const settings = { ruleSet: 'hopper-native@1' } as const;
const hopper = fc.constantFrom<Target>(
  ...Object.values(targets).filter(({ smVersion }) => smVersion === 90),
  { ...targets.h100, name: 'odd', numSms: 13 },
  { ...targets.h100, name: 'one', numSms: 1 },
  { ...targets.h100, name: 'none', numSms: 0 },
);
/** As much shared memory as any of these takes. */
const roomy = { ...targets.h100, name: 'roomy', sharedMemPerBlockOptin: 2 ** 30 };

function kernelFor(options: BatchedGemmOptions) {
  return kernelOf(options, {
    ...{ arch: 'sm90a', ruleSet: 'hopper-native@1', sharedMemSize: 232_448 },
    ...{ clusterDimX: options.clusterDimX, clusterDimZ: options.clusterDimZ },
  });
}

/** The layout word by word from the family's specification. */
function referenceMemory(o: BatchedGemmOptions) {
  const up = (bytes: number, to: number) => Math.ceil(bytes / to) * to;
  const a = up(o.numStages * o.tileM * 128, 1024);
  const b = up(o.numStages * o.tileN * 128, 1024);
  const split = o.numSlicesForSplitK > 1;
  const c0 = split
    ? o.tileM * o.tileN * 4
    : 2 * o.epilogueTileM * o.epilogueTileN * (dtypeBits(o.dtypeC) / 8);
  const endC0 = split ? Math.max(a + b, up(c0, 1024)) : a + b + up(c0, 1024);
  const scales = o.useDeepSeekFp8 && !o.batchM ? up(o.numStages * o.tileN * 4, 16) : 0;
  return {
    ...{ total: endC0 + scales, loadA: 0, loadB: a },
    ...{ gmemC0: split ? 0 : a + b, gmemC1: endC0, rowMax: endC0 },
  };
}

function referenceGrid(o: BatchedGemmOptions, { numSms }: Target) {
  const alongTokens = ctaTables(tokensOf(o), tokenTile(o)).ctaIdxXyToBatchIdx.length;
  const tiles = alongTokens * (o.batchM ? o.n / o.tileN : o.m / o.tileM);
  const clusters = Math.floor(Math.min(tiles, numSms) / o.clusterDimX);
  return { x: Math.max(1, clusters) * o.clusterDimX, y: 1, z: o.numSlicesForSplitK };
}

describe('hopper-native@1', () => {
  it('takes what its specification calls legal, as it is, and lays it out so', () => {
    fc.assert(
      fc.property(legalOptions, hopper, (options, on) => {
        fc.pre(tokensOf(options).some((tokens) => tokens > 0));
        const target = { ...on, sharedMemPerBlockOptin: roomy.sharedMemPerBlockOptin };
        const result = checker.check(options, target, settings);
        expect(errorsOf(result)).toEqual([]);
        const rewritten = result.diagnostics.filter(({ severity }) => severity === 'adjusted');
        expect(rewritten).toEqual([]);
        expect(result.sharedMemory).toEqual(referenceMemory(result.options));
        expect(result.launch?.grid).toEqual(referenceGrid(result.options, target));
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves nothing that the limits of instructions, maps and grids would refuse', () => {
    let valid = 0;
    fc.assert(
      fc.property(nearLegal, (options) => {
        const result = checker.check(options, roomy, settings);
        if (!result.ok) return;
        valid++;
        const o = result.options;
        expect([o.mmaM, o.mmaN % 8, o.mmaK]).toEqual([64, 0, 256 / dtypeBits(o.dtypeElt)]);
        expect(o.mmaN).toBeLessThanOrEqual(256);
        expect([o.tileM % o.mmaM, o.tileN % o.mmaN]).toEqual([0, 0]);
        // Throws for maps that the driver would refuse.
        const plan = planLaunch(kernelFor(o), result);
        for (const { boxDim } of plan.tensorMaps)
          expect(Math.max(...boxDim)).toBeLessThanOrEqual(maxTensorMapBox);
        expect(plan.grid.x % plan.cluster.x).toBe(0);
        expect(plan.grid.z % plan.cluster.z).toBe(0);
        expect(plan.cluster.x * plan.cluster.y * plan.cluster.z).toBeLessThanOrEqual(8);
        // What was adjusted once needs no second adjustment.
        expect(checker.check(o, roomy, settings).diagnostics).toEqual([]);
      }),
      { numRuns: 4000 },
    );
    expect(valid).toBeGreaterThan(800);
  });

  it('finds the same first error in one and in many, whatever the options', () => {
    fc.assert(
      fc.property(fc.array(nearLegal, { minLength: 1, maxLength: 8 }), hopper, (many, on) => {
        const { firstErrors } = checkMany(checker, packOptions(many), on, settings);
        const names = Array.from(firstErrors, verdictRule);
        for (const [i, options] of many.entries()) {
          const stopped = checker.check(options, on, { ...settings, stopAtFirst: true });
          expect(errorsOf(stopped)).toEqual(names[i] === undefined ? [] : [names[i]]);
        }
      }),
      { numRuns: 800 },
    );
  });

  it('traps for no bits of a record', () => {
    fc.assert(
      fc.property(rawRecord, hopper, (record, on) => {
        const packed = { count: 1, records: Int32Array.from(record), pool: new Int32Array(2) };
        const [verdict = 0] = checkMany(checker, packed, on, settings).firstErrors;
        expect(verdict).toBeGreaterThanOrEqual(-1);
        expect(verdict).toBeLessThan(ruleCatalog.length);
      }),
      { numRuns: 5000 },
    );
  });

  it('offers fixes that end the error that they are offered for', () => {
    fc.assert(
      fc.property(nearLegal, (options) => {
        for (const { rule, fixes = [] } of checker.check(options, 'h100', settings).diagnostics)
          for (const { changes } of fixes) {
            const fixed = Object.fromEntries(changes.map(({ field, to }) => [field, to]));
            expect(errorsOf(checker.check({ ...options, ...fixed }, 'h100', settings))).not.toContain(rule);
          }
      }),
      { numRuns: 1500 },
    );
  });

  it('has the plan of other tokens that a check of these would have', () => {
    const tokens = fc.array(fc.nat(900), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.constantFrom(decode, prefill, sliced),
        tokens,
        tokens,
        hopper,
        (base, first, then, on) => {
          fc.pre(Math.max(...first) > 0 && Math.max(...then) > 0);
          const numTokens = then.reduce((sum, count) => sum + count, 0);
          const given = (counts: readonly number[]) => ({
            ...base,
            ...(base.batchM ? { batchedM: counts } : { batchedN: counts }),
            numBatches: 4,
          });
          const planOf = (counts: readonly number[], more = {}) =>
            planLaunch(kernelFor(base), checker.check({ ...given(counts), ...more }, on, settings));
          const other = withTokens(planOf(first), { tokensPerBatch: then });
          expect(other).toEqual(planOf(then, { numTokens }));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is searched as it is checked', () => {
    const space: SearchSpace = {
      ...decode,
      batchM: [false, true],
      tileM: [64, 128, 256],
      tileN: [8, 24, 128, 256],
      numStages: [0, 1, 2, 9],
      clusterDimX: [1, 2],
      numSlicesForSplitK: [1, 2, 3],
      clusterDimZ: [1, 2],
      dtypeElt: ['E4m3', 'E2m1', 'Bfloat16'],
      transposeMmaOutput: [true, false],
    };
    const found = search(checker, space, 'h100', { ...settings, limit: Number.POSITIVE_INFINITY });
    const all = Object.entries(space).reduce<Record<string, unknown>[]>(
      (some, [name, values]) => {
        const list = Array.isArray(values) && !name.startsWith('batched') ? values : [values];
        return some.flatMap((one) => list.map((value) => ({ ...one, [name]: value })));
      },
      [{}],
    ) as unknown as BatchedGemmOptions[];
    const firsts = all.map((options) => errorsOf(checker.check(options, 'h100', settings))[0]);
    expect(found.total).toBe(all.length);
    expect(found.valid).toBe(firsts.filter((rule) => rule === undefined).length);
    expect(found.valid).toBeGreaterThan(10);
    const own: readonly string[] = ruleSets['hopper-native@1'].rules.map(({ name }) => name);
    const inSet = Object.keys(found.refused).filter((name) => own.includes(name));
    expect(inSet).toEqual(own.filter((name) => inSet.includes(name)));
    for (const [rule, count] of Object.entries(found.refused))
      expect([rule, firsts.filter((first) => first === rule).length]).toEqual([rule, count]);
  });
});

describe('a checker for a page', () => {
  it('knows the rule sets that it is made with', async () => {
    const { createChecker } = await import('@gemm-preflight/checker-wasm');
    const { hopperNative1 } = await import('@gemm-preflight/types');
    const options = { ...decode, numStages: 1 };
    const first = await createChecker();
    expect(() => first.check(options, 'h100', settings)).toThrow(
      new RangeError('unknown rule set "hopper-native@1"; known are trtllm-gen@2025-03'),
    );
    const both = await createChecker(first.module, [hopperNative1]);
    expect(both.check(options, 'h100', settings)).toEqual(checker.check(options, 'h100', settings));
    expect(both.check(options, 'h100')).toEqual(checker.check(options, 'h100'));
  });
});
