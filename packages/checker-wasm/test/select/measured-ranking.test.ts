import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import {
  type KernelMeasurement,
  type MeasurementFile,
  type Problem,
  type ProblemMeasurement,
  type Target,
  targets,
} from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whyNotMeasuredOn } from '../../src/select/measured-ranking.js';
import { type FittingKernel, type KernelSelection, selectKernel } from '../../src/select/select-kernel.js';
import { tileKernels } from '../plan/kernels.js';

const checker = createCheckerSync();
// Those that differ in their tiles alone, and that the measurements are of.
const kernels = tileKernels();
const names = kernels.map(({ functionName }) => functionName);

const base: Problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 1536,
  n: 256,
  k: 2048,
  tokensPerBatch: [8, 0, 16, 24],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
};

const took = (functionName: string, medianUs: number, rest: Partial<KernelMeasurement> = {}) => ({
  functionName,
  medianUs,
  ...{ minUs: medianUs, maxUs: medianUs, rounds: 1, launchesPerRound: 1 },
  ...rest,
});

/** Times of all kernels for a problem, in the catalog's order. */
const measured = (problem: Problem, ...us: readonly number[]): ProblemMeasurement => ({
  problem,
  kernels: us.map((time, i) => took(names[i] ?? '', time)),
});

const fileOf = (...measurements: readonly ProblemMeasurement[]): MeasurementFile => ({
  version: 1,
  device: { kind: 'gpu', name: 'NVIDIA H100 80GB HBM3', arch: 'sm90a', numSms: 132, cuda: '13.0' },
  measuredAt: '2026-11-25T12:00:00.000Z',
  measurements,
});

const select = (problem: Problem, measurements?: MeasurementFile): KernelSelection =>
  selectKernel(checker, problem, kernels, targets.h100, { ...(measurements && { measurements }) });

const fittingOf = ({ candidates }: KernelSelection): readonly FittingKernel[] =>
  candidates.filter((candidate) => candidate.fits);

const orderOf = (selection: KernelSelection) =>
  fittingOf(selection).map(({ kernel }) => names.indexOf(kernel.functionName));

describe('selectKernel with a file of measurements', () => {
  it('ranks by the times of the very problem', () => {
    const selection = select(base, fileOf(measured(base, 40, 30, 10, 20)));
    expect(orderOf(selection)).toEqual([2, 3, 1, 0]);
    expect(selection.selected).toMatchObject({ rankedBy: 'measured', measuredUs: 10 });
  });

  it('takes the name and the size along the tokens for no difference, and defaults for what they are', () => {
    const written = {
      ...base,
      name: 'up',
      n: 4096,
      blockScale: false,
      clusterDimX: 1,
      dtypeC: 'Bfloat16',
    } as const;
    expect(select(base, fileOf(measured(written, 40, 30, 10, 20))).selected?.rankedBy).toBe('measured');
  });

  it('takes the last of several times', () => {
    const file = fileOf(measured(base, 1, 2, 3, 4), measured(base, 4, 3, 2, 1));
    expect(orderOf(select(base, file))).toEqual([3, 2, 1, 0]);
  });

  it('ranks measured kernels before those of near problems, and these before estimated ones', () => {
    const near = { ...base, k: 2176 };
    const file = fileOf(measured(base, 500), {
      problem: near,
      kernels: [took(names[2] ?? '', 1000), took(names[0] ?? '', 1)],
    });
    const fitting = fittingOf(select(base, file));
    expect(fitting.map(({ rankedBy }) => rankedBy)).toEqual(['measured', 'interpolated', 'model', 'model']);
    expect(orderOf(select(base, file)).slice(0, 2)).toEqual([0, 2]);
  });

  it('expects of a near problem as much more than its estimate as was measured', () => {
    const near = { ...base, k: 4096 };
    const estimates = (problem: Problem) =>
      new Map(fittingOf(select(problem)).map(({ kernel, cost }) => [kernel, cost.time.estimatedUs]));
    const [here, there] = [estimates(base), estimates(near)];
    const file = fileOf(measured(near, ...kernels.map((kernel) => 1.5 * (there.get(kernel) ?? Number.NaN))));
    for (const { kernel, rankedBy, interpolatedUs } of fittingOf(select(base, file))) {
      expect(rankedBy).toBe('interpolated');
      expect(interpolatedUs).toBeCloseTo(1.5 * (here.get(kernel) ?? Number.NaN), 9);
    }
  });

  it.each<[string, Partial<Problem>]>([
    ['with another output', { dtypeC: 'Fp16' }],
    ['with block scales', { blockScale: true }],
    ['with the tokens along m', { batchM: true }],
    ['with routed tokens', { permuteFusion: true }],
    ['that is far away in k', { k: 2048 * 32 }],
    ['that is far away in tokens', { tokensPerBatch: [1000, 1000] }],
    ['that is far away in m', { m: 64 }],
    ['without a token', { tokensPerBatch: [0, 0] }],
  ])('does not look at a problem %s', (_, change) => {
    const selection = select(base, fileOf(measured({ ...base, ...change }, 40, 30, 10, 20)));
    expect(selection).toEqual(select(base));
  });

  it('takes another build of a kernel for another kernel', () => {
    const [first] = kernels;
    const other = fileOf({ problem: base, kernels: [took(names[0] ?? '', 1e6, { sha256: '0'.repeat(64) })] });
    expect(select(base, other)).toEqual(select(base));
    const sha256 = first?.sha256 ?? '';
    const same = fileOf({ problem: base, kernels: [took(names[0] ?? '', 1e6, { sha256 })] });
    expect(select(base, same).selected).toMatchObject({ kernel: first, measuredUs: 1e6 });
  });

  it('puts times that are given as such before those of the file', () => {
    const file = fileOf(measured(base, 40, 30, 10, 20));
    const given = { measurements: file, measured: { [names[0] ?? '']: 5 } };
    expect(selectKernel(checker, base, kernels, targets.h100, given).selected?.measuredUs).toBe(5);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a time of %d µs', (us) => {
    expect(() => select(base, fileOf(measured(base, us)))).toThrow(RangeError);
  });
});

describe('measurements of another GPU', () => {
  const file = fileOf(measured(base, 1));
  const device = (change: Partial<MeasurementFile['device']>): MeasurementFile => ({
    ...file,
    device: { ...file.device, ...change },
  });

  it('are refused, with both in the message', () => {
    expect(() => selectKernel(checker, base, kernels, targets.h200, { measurements: file })).toThrow(
      new RangeError(
        'these measurements do not count: measured on NVIDIA H100 80GB HBM3 (sm90a, 132 SMs), not on h200 (sm90a, 132 SMs)',
      ),
    );
  });

  it('are those of the emulator, too', () => {
    expect(whyNotMeasuredOn(device({ kind: 'emulator' }), targets.h100)).toBe(
      'measured on the emulator, whose times say nothing of kernels',
    );
  });

  it.each<[string, Target, MeasurementFile, boolean]>([
    ['a preset', targets.h100, file, true],
    ['the same device', { ...targets.h100, name: 'NVIDIA H100 80GB HBM3' }, file, true],
    ['another device', { ...targets.h100, name: 'NVIDIA H200' }, file, false],
    ['the PCIe card', targets['h100-pcie'], file, false],
    ['the PCIe card', targets['h100-pcie'], device({ name: 'NVIDIA H100 PCIe', numSms: 114 }), true],
    ['a part of the GPU', targets.h100, device({ numSms: 66 }), false],
    ['another architecture', targets.b200, device({ name: 'NVIDIA B200', numSms: 148 }), false],
  ])('%s counts: %#', (_, target, measurements, counts) => {
    expect(whyNotMeasuredOn(measurements, target) === undefined).toBe(counts);
  });
});

const sizes = fc.integer({ min: 1, max: 40 }).map((n) => n * 128);
const anyProblem: fc.Arbitrary<Problem> = fc
  .record({
    m: sizes,
    k: sizes,
    tokensPerBatch: fc
      .array(fc.nat(60), { minLength: 1, maxLength: 12 })
      .filter((list) => list.some(Boolean)),
  })
  .map((change) => ({ ...base, ...change }));
const anyTime = fc.double({ min: 1, max: 1e4, noNaN: true });
/** A problem near another, and times for it. */
const nearTo = (problem: Problem) =>
  fc
    .record({
      m: fc.constantFrom(0.5, 1, 2),
      k: fc.constantFrom(1, 2),
      times: fc.array(anyTime, { minLength: 4, maxLength: 4 }),
    })
    .map(({ m, k, times }) => {
      const [channels, depth] = [Math.max(128, Math.round((problem.m * m) / 128) * 128), problem.k * k];
      return measured(
        { ...problem, m: channels, k: depth, tokensPerBatch: [...(problem.tokensPerBatch ?? []), 0] },
        ...times,
      );
    });
const withNear = anyProblem.chain((problem) =>
  fc.tuple(fc.constant(problem), fc.array(nearTo(problem), { minLength: 1, maxLength: 6 })),
);

describe('selectKernel with measurements, for all problems', () => {
  it('is the order of the times where the problem was measured', () => {
    fc.assert(
      fc.property(anyProblem, fc.array(anyTime, { minLength: 4, maxLength: 4 }), (problem, times) => {
        const fitting = fittingOf(select(problem, fileOf(measured(problem, ...times))));
        expect(fitting.length).toBeGreaterThan(0);
        const ranked = fitting.map(({ measuredUs = Number.NaN }) => measuredUs);
        expect(ranked).toEqual(ranked.toSorted((a, b) => a - b));
        for (const { kernel, measuredUs } of fitting) {
          expect(measuredUs).toBe(times[names.indexOf(kernel.functionName)]);
        }
      }),
    );
  });

  it('expects between the least and the most that near problems were above their estimates', () => {
    let interpolated = 0;
    fc.assert(
      fc.property(withNear, ([problem, near]) => {
        const ratios = new Map<string, number[]>();
        for (const { problem: other, kernels: times } of near) {
          for (const { kernel, cost } of fittingOf(select(other))) {
            const us = times.find(({ functionName }) => functionName === kernel.functionName)?.medianUs;
            const ratio = (us ?? Number.NaN) / cost.time.estimatedUs;
            ratios.set(kernel.functionName, [...(ratios.get(kernel.functionName) ?? []), ratio]);
          }
        }
        for (const { kernel, rankedBy, interpolatedUs = Number.NaN, cost } of fittingOf(
          select(problem, fileOf(...near)),
        )) {
          if (rankedBy !== 'interpolated') continue;
          interpolated++;
          const all = ratios.get(kernel.functionName) ?? [];
          const ratio = interpolatedUs / cost.time.estimatedUs;
          expect(ratio).toBeGreaterThanOrEqual(Math.min(...all) * (1 - 1e-9));
          expect(ratio).toBeLessThanOrEqual(Math.max(...all) * (1 + 1e-9));
        }
      }),
    );
    expect(interpolated).toBeGreaterThan(100);
  });

  it('expects the same in any unit of time, and in any order of the file where no problem is there twice', () => {
    fc.assert(
      fc.property(withNear, fc.constantFrom(0.5, 3, 1000), ([problem, near], factor) => {
        const distinct = near.filter(
          ({ problem: a }, i) => near.findIndex(({ problem: b }) => a.m === b.m && a.k === b.k) === i,
        );
        const expected = (measurements: readonly ProblemMeasurement[]) =>
          new Map(
            fittingOf(select(problem, fileOf(...measurements))).map(({ kernel, interpolatedUs = 0 }) => [
              kernel,
              interpolatedUs,
            ]),
          );
        const scaled = distinct.map(({ problem: other, kernels: times }) => ({
          problem: other,
          kernels: times.map((time) => ({ ...time, medianUs: time.medianUs * factor })),
        }));
        const [inUnit, inOther, reversed] = [distinct, scaled, distinct.toReversed()].map(expected);
        for (const [kernel, us] of inUnit ?? []) {
          // Sums of floats in another order can differ in their last bits.
          expect(Math.abs((reversed?.get(kernel) ?? Number.NaN) - us)).toBeLessThanOrEqual(1e-9 * us);
          expect(Math.abs((inOther?.get(kernel) ?? Number.NaN) - us * factor)).toBeLessThanOrEqual(
            1e-9 * us * factor,
          );
        }
      }),
    );
  });

  it('changes nothing without measurements, and refuses the same kernels with any', () => {
    fc.assert(
      fc.property(withNear, ([problem, near]) => {
        const plain = select(problem);
        expect(select(problem, fileOf())).toEqual(plain);
        const refused = ({ candidates }: KernelSelection) => candidates.filter(({ fits }) => !fits);
        expect(refused(select(problem, fileOf(...near)))).toEqual(refused(plain));
      }),
    );
  });
});
