import { readFileSync } from 'node:fs';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import {
  type MeasurementFile,
  type Problem,
  type ProblemFile,
  type ProblemMeasurement,
  targets,
} from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { selectKernel } from '../../src/select/select-kernel.js';
import { tileKernels } from '../plan/kernels.js';

// What was measured on an H100, each problem ranked by the measurements of all others.

interface KernelTimes {
  readonly rows: readonly {
    readonly m: number;
    readonly k: number;
    readonly tokensPerBatch: 'example' | { readonly batches: number; readonly tokens: number };
    readonly microsecondsByTileN: Readonly<Record<string, number>>;
  }[];
}

const json = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8'));
const { rows } = json('benchmarks/results/2026-11-23-h100/kernel-times.json') as KernelTimes;
const example = json('examples/qwen3-30b-a3b-moe.json') as ProblemFile;
// Those that differ in their tiles alone, and that the measurements are of.
const kernels = tileKernels();

const measurements = rows.map(({ m, k, tokensPerBatch: given, microsecondsByTileN }): ProblemMeasurement => {
  const tokensPerBatch =
    given === 'example' ? (example.tokensPerBatch ?? []) : Array<number>(given.batches).fill(given.tokens);
  const types = { dtypeElt: 'E4m3', dtypeC: 'Bfloat16' } as const;
  const problem: Problem = { batchM: false, transposeMmaOutput: true, m, n: 64, k, tokensPerBatch, ...types };
  const times = kernels.map(({ functionName, tileN }) => {
    const us = microsecondsByTileN[String(tileN)] ?? Number.NaN;
    return { functionName, medianUs: us, minUs: us, maxUs: us, rounds: 1, launchesPerRound: 1 };
  });
  return { problem, kernels: times };
});

const fileOf = (others: readonly ProblemMeasurement[]): MeasurementFile => ({
  version: 1,
  device: { kind: 'gpu', name: 'NVIDIA H100 80GB HBM3', arch: 'sm90a', numSms: 132, cuda: '13.0' },
  measuredAt: '2026-11-23T00:00:00.000Z',
  measurements: others,
});

const checker = createCheckerSync();

/** Shorter launches than this were measured too roughly to compare: see the file. */
const comparableFromUs = 20;

/** Of every problem that others are near: what the choice loses, and how far the expected time is off. */
const outcomes = measurements.flatMap(({ problem, kernels: own }, i) => {
  const settings = { measurements: fileOf(measurements.toSpliced(i, 1)) };
  const { selected } = selectKernel(checker, problem, kernels, targets.h100, settings);
  const took = own.find(({ functionName }) => functionName === selected?.kernel.functionName)?.medianUs;
  const best = Math.min(...own.map(({ medianUs }) => medianUs));
  if (selected === undefined || took === undefined || best < comparableFromUs) return [];
  const { rankedBy, interpolatedUs = Number.NaN, cost } = selected;
  const off = Math.log(interpolatedUs / took);
  return [{ rankedBy, lost: took / best - 1, off, estimateOff: Math.log(cost.time.estimatedUs / took) }];
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (logs: readonly number[]) => Math.sqrt(mean(logs.map((log) => log ** 2)));

describe('near measurements against an H100', () => {
  it('are there for every problem', () => {
    expect(outcomes.length).toBeGreaterThanOrEqual(20);
    expect(outcomes.every(({ rankedBy }) => rankedBy === 'interpolated')).toBe(true);
  });

  it('let one expect times that are off by a tenth, where estimates are off by more than twice as much', () => {
    const off = deviation(outcomes.map((outcome) => outcome.off));
    expect(off).toBeLessThan(0.1);
    expect(deviation(outcomes.map(({ estimateOff }) => estimateOff))).toBeGreaterThan(2 * off);
  });

  it('choose kernels that are 2 % slower than the fastest on average, and 12 % at most', () => {
    const lost = outcomes.map((outcome) => outcome.lost);
    expect(mean(lost)).toBeLessThan(0.02);
    expect(Math.max(...lost)).toBeLessThan(0.12);
  });
});
