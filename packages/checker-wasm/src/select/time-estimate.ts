import { publishedRates, type Target, type TensorFlops } from '@gemm-preflight/types';

/**
 * Bytes a second that one SM takes in from the L2 cache. Measured: on an H100 our kernels settle at 62 to 69 GB/s per SM
 * wherever operands bound them (benchmarks/results/2026-11-23-h100/kernel-times.json). Published for the full die: 8,986
 * GB/s for 144 SMs, 62 per SM (PMC10448217, table 3). Other GPUs have not been measured and are taken to be alike: the
 * ranking is of kernels on one GPU, where only its ratio to the memory's and the tensor cores' rates matters.
 */
export const operandBytesPerSecondAndSm = 64e9;

/** Microseconds of a load from device memory that nothing delays: 400 cycles at 1.755 GHz (PMC10448217, table 3, H100). */
export const memoryLatencyUs = 400 / 1755;

/** What can bound a kernel. */
export type Bound = 'memory' | 'operands' | 'tensorCores' | 'latency';

/** Least times of a launch in microseconds, by what could bound it. Null: the target does not know the rate. */
export interface TimeEstimate {
  /** The largest of the bounds. */
  readonly estimatedUs: number;
  readonly boundBy: Bound;
  /** Device memory moves `memoryBytes` at its full bandwidth. */
  readonly memoryUs: number | null;
  /** The busiest SM loads the operands of all its tiles, `waves.count` of them. */
  readonly operandsUs: number;
  /** The busiest SM multiplies all its tiles, padding included, at its share of the dense throughput. */
  readonly tensorCoresUs: number | null;
  /** Every refill of a pipeline waits once for memory; co-resident CTAs wait at the same time. */
  readonly latencyUs: number;
}

/** What a launch does, for {@link estimate}. */
export interface Work {
  readonly waves: number;
  readonly operandBytesPerTile: number;
  readonly memoryBytes: number;
  readonly flopsPerTile: number;
  /** Times that the longest-working slot of an SM fills all stages of its pipeline. */
  readonly refills: number;
  /** Bits of an element of A or B. */
  readonly inputBits: number;
}

export const microseconds = 1e6;

/** A roofline with four roofs: no launch is faster than the slowest of what it cannot do without. */
export function estimate(work: Work, target: Target): TimeEstimate {
  const { memoryBandwidth, tensorFlops, numSms } = { ...publishedRates(target), ...target };
  const flops = flopsFor(work.inputBits, tensorFlops);
  return largestOf({
    memoryUs: memoryBandwidth === undefined ? null : (work.memoryBytes / memoryBandwidth) * microseconds,
    operandsUs: ((work.waves * work.operandBytesPerTile) / operandBytesPerSecondAndSm) * microseconds,
    tensorCoresUs:
      flops === undefined ? null : ((work.waves * work.flopsPerTile * numSms) / flops) * microseconds,
    latencyUs: work.refills * memoryLatencyUs,
  });
}

/** The estimate that follows from its bounds: the largest. Of equal ones, operands come before all others. */
export function largestOf(bounds: Omit<TimeEstimate, 'estimatedUs' | 'boundBy'>): TimeEstimate {
  const { memoryUs, operandsUs, tensorCoresUs, latencyUs } = bounds;
  const named: readonly (readonly [Bound, number])[] = [
    ['operands', operandsUs],
    ['memory', memoryUs ?? 0],
    ['tensorCores', tensorCoresUs ?? 0],
    ['latency', latencyUs],
  ];
  const [boundBy, estimatedUs] = named.reduce((most, bound) => (bound[1] > most[1] ? bound : most));
  return { estimatedUs, boundBy, ...bounds };
}

function flopsFor(inputBits: number, tensorFlops: TensorFlops | undefined): number | undefined {
  if (inputBits > 16) return undefined;
  if (inputBits > 8) return tensorFlops?.bits16;
  return inputBits > 4 ? tensorFlops?.bits8 : tensorFlops?.bits4;
}
