import {
  checkMany,
  createChecker,
  createCheckerSync,
  loadOptions,
  moduleBytes,
  packOptions,
  verdictRule,
} from '@gemm-preflight/checker-wasm';
import { optionRecordSlots, ruleCatalog, targetNames, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { configurations, dsfp8, errorsOf, fp8, fp8BatchM } from './configurations.js';

describe('a checker', () => {
  it('is made at once or with a promise, from its own bytes or from a compiled module', async () => {
    const module = await WebAssembly.compile(moduleBytes());
    const checkers = [
      createCheckerSync(),
      await createChecker(),
      createCheckerSync(module),
      await createChecker(module),
    ];
    const [first, ...others] = checkers.map((checker) => checker.check(dsfp8, 'b200'));
    expect(first?.ok).toBe(true);
    for (const other of others) expect(other).toEqual(first);
  });

  it('has an instance of its own', () => {
    const [one, other] = [createCheckerSync(), createCheckerSync()];
    one.check({ ...fp8, batchedN: new Array<number>(100_000).fill(1) }, 'h100');
    expect(other.check(fp8, 'b200')).toEqual(createCheckerSync().check(fp8, 'b200'));
  });

  it('takes targets by name or as they are described', () => {
    const checker = createCheckerSync();
    for (const name of targetNames) {
      expect(checker.check(fp8, targets[name])).toEqual(checker.check(fp8, name));
    }
    const mine = { ...targets.h100, name: 'prototype' };
    expect(checker.check(configurations['fp4'] ?? fp8, mine).diagnostics[0]?.message).toBe(
      'dtypeElt E2m1 needs Blackwell tensor cores, and prototype is sm90',
    );
  });

  it('takes no target whose tensor cores have neither wgmma nor tcgen05', () => {
    const checker = createCheckerSync();
    const check = (smVersion: number) => checker.check(fp8, { ...targets.b200, name: 'mine', smVersion });
    for (const smVersion of [80, 89, 99, 120, 121])
      expect(() => check(smVersion)).toThrow(
        new RangeError(`mine is sm${smVersion}; the kernels need wgmma (sm90) or tcgen05 (sm100 to sm119)`),
      );
    for (const smVersion of [90, 100, 103, 110]) expect(check(smVersion).ok).toBe(true);
  });

  it('takes every check’s target anew', () => {
    const checker = createCheckerSync();
    const rules = (['b200', 'h100', 'h200', 'b200', 'b300', 'h20'] as const).map((target) =>
      checker.check(fp8, target).diagnostics.map(({ rule }) => rule),
    );
    expect(rules).toEqual([
      [],
      ['hopper-epilogue-tile'],
      ['hopper-epilogue-tile'],
      [],
      [],
      ['hopper-epilogue-tile'],
    ]);
  });

  it('gives the shared memory and the grid of a published kernel', () => {
    const { sharedMemory, launch } = createCheckerSync().check({ ...dsfp8, batchedN: [1, 300] }, 'b200');
    // 3 stages of 128·128 bytes for A and for B, twice 64·128 bytes of E4m3, a float for each of 128 rows.
    expect(sharedMemory).toEqual({
      total: 115_200,
      loadA: 0,
      loadB: 49_152,
      gmemC0: 98_304,
      gmemC1: 106_496,
      rowMax: 114_688,
    });
    expect(launch).toEqual({ grid: { x: 32, y: 4, z: 1 } });
  });

  it('swaps the axes of the grid where tokens run along m', () => {
    const { launch } = createCheckerSync().check({ ...fp8BatchM, projGateNumSplitKSlices: 3 }, 'b200');
    expect(launch).toEqual({ grid: { x: 3 + 1, y: 1536 / 128, z: 3 } });
  });

  it('gives neither where a size is none', () => {
    const checker = createCheckerSync();
    for (const size of ['tileM', 'tileN'] as const) {
      expect(checker.check({ ...fp8, [size]: 0 }, 'b200')).toMatchObject({
        sharedMemory: null,
        launch: null,
      });
    }
    expect(checker.check({ ...fp8, tileK: 0 }, 'b200')).toMatchObject({ sharedMemory: null });
    expect(checker.check({ ...fp8, m: 0 }, 'b200')).toMatchObject({ launch: null });
  });

  it('gives neither of a check that stopped before them', () => {
    const checker = createCheckerSync();
    const stopped = checker.check({ ...fp8, useFusedAct: true }, 'b200', { stopAtFirst: true });
    expect(stopped).toMatchObject({ sharedMemory: null, launch: null });
    const whole = checker.check({ ...fp8, useFusedAct: true }, 'b200');
    expect(whole.sharedMemory).not.toBeNull();
    expect(whole.launch).not.toBeNull();
  });

  it('does not hold a shared memory that it cannot know against a configuration', () => {
    const checker = createCheckerSync();
    expect(errorsOf(checker.check({ ...fp8, numStages: 1000 }, 'b200'))).toEqual(['shared-memory-limit']);
    const result = checker.check({ ...fp8, numSlicesForSplitK: 0 }, 'b200');
    expect(errorsOf(result)).toEqual(['split-k-positive']);
    expect(result.sharedMemory).toBeNull();
  });

  it('grows its memory for long lists', () => {
    const checker = createCheckerSync();
    const batchedN = new Array<number>(1_000_000).fill(8);
    const { launch } = checker.check({ ...fp8, batchedN }, 'b200');
    expect(launch?.grid.y).toBe(1_000_000);
    expect(checker.check(fp8, 'b200').launch?.grid.y).toBe(1 + 0 + 3 + 1);
  });
});

describe('packed options', () => {
  const all = Object.values(configurations);

  it('are a record for each configuration, and the lists', () => {
    const packed = packOptions(all);
    expect(packed.count).toBe(all.length);
    expect(packed.records.length).toBe(all.length * optionRecordSlots);
    expect(packed.pool.length).toBe(
      2 + all.flatMap(({ batchedM, batchedN }) => [...batchedM, ...batchedN]).length,
    );
  });

  it('can be none', () => {
    const { valid, firstErrors } = checkMany(createCheckerSync(), packOptions([]), 'b200');
    expect([valid, firstErrors.length]).toEqual([0, 0]);
  });

  it('are not changed by a check, and can be sent to a worker', () => {
    const packed = packOptions([...all, { ...fp8, epilogueTileM: 96, batchedN: [] }]);
    const copy = structuredClone(packed);
    const verdicts = checkMany(createCheckerSync(), packed, 'h100');
    expect(packed).toEqual(copy);
    expect(checkMany(createCheckerSync(), copy, 'h100')).toEqual(verdicts);
  });

  it('are judged without what an earlier check has left behind', () => {
    const deep = packOptions([{ ...fp8, numStages: 2080 }]);
    const checker = createCheckerSync();
    checker.check({ ...fp8, tileK: 0 }, 'b200');
    expect(verdictRule(checkMany(checker, deep, 'b200').firstErrors[0] ?? -1)).toBe('shared-memory-limit');
  });

  it('may be many, with many lists', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      ...fp8,
      m: 128 * (1 + (i % 7)) + (i % 3 === 0 ? 1 : 0),
      batchedN: new Array<number>(i % 50).fill(i % 600),
    }));
    const { valid, firstErrors } = checkMany(createCheckerSync(), packOptions(many), 'b200');
    expect(valid).toBe(many.filter((_, i) => i % 3 !== 0).length - overCapacity(many));
    expect(verdictRule(firstErrors[0] ?? -1)).toBe('tma-store-divides-hidden');
    expect(firstErrors[1]).toBe(-1);
  });

  /** How many of them are right but for too many CTAs. */
  function overCapacity(
    many: readonly { readonly m: number; readonly batchedN: readonly number[] }[],
  ): number {
    const ctas = (list: readonly number[]) => list.reduce((sum, tokens) => sum + Math.ceil(tokens / 8), 0);
    return many.filter(({ m, batchedN }) => m % 128 === 0 && ctas(batchedN) > 2048).length;
  }
});

describe('loaded options', () => {
  it('give the verdicts of checkMany, for one target after the other, whatever else the checker does', () => {
    const checker = createCheckerSync();
    const some = [fp8, dsfp8, fp8BatchM, { ...fp8, m: 1000 }, { ...fp8, batchedN: [1, -2] }];
    const packed = packOptions(some);
    const loaded = loadOptions(checker, packed);
    expect(loaded.count).toBe(some.length);
    for (const target of [...targetNames, ...targetNames]) {
      checker.check({ ...fp8, batchedN: Array(9000).fill(7) }, target);
      expect(loaded.check(target)).toEqual(checkMany(createCheckerSync(), packed, target));
    }
    const onlyRuleSet = loaded.check('b200', { onlyRuleSet: true });
    expect(onlyRuleSet).toEqual(checkMany(checker, packed, 'b200', { onlyRuleSet: true }));
  });

  it('are copied when they are loaded', () => {
    const packed = packOptions([fp8]);
    const loaded = loadOptions(createCheckerSync(), packed);
    packed.records.fill(0);
    expect(loaded.check('b200').valid).toBe(1);
  });
});

describe('verdictRule', () => {
  it('names the rule of a verdict', () => {
    for (const [id, { name }] of ruleCatalog.entries()) expect(verdictRule(id)).toBe(name);
  });

  it('has no name for a valid configuration', () => {
    expect(verdictRule(-1)).toBeUndefined();
    expect(errorsOf(createCheckerSync().check(fp8, 'b200'))).toEqual([]);
  });
});
