import type { KernelMeasurement, MeasurementFile, Problem, ProblemMeasurement } from '@gemm-preflight/types';
import { temporaryFile } from '../support/temporary.js';

let files = 0;

/** A time of a kernel. */
export function took(functionName: string, medianUs: number): KernelMeasurement {
  return { functionName, medianUs, minUs: medianUs, maxUs: medianUs, rounds: 15, launchesPerRound: 40 };
}

/** Times of kernels for a problem. */
export function measurement(problem: Problem, times: Readonly<Record<string, number>>): ProblemMeasurement {
  return { problem, kernels: Object.entries(times).map(([name, us]) => took(name, us)) };
}

/** Measurements of an H100. */
export function measurementsOf(...measurements: readonly ProblemMeasurement[]): MeasurementFile {
  return {
    version: 1,
    device: { kind: 'gpu', name: 'NVIDIA H100 80GB HBM3', arch: 'sm90a', numSms: 132, cuda: '13.0' },
    measuredAt: '2026-11-25T12:00:00.000Z',
    measurements,
  };
}

/** Writes a file of measurements; returns its path. */
export function measurementFile(content: object): string {
  return temporaryFile(`measurements-${++files}.json`, content);
}
