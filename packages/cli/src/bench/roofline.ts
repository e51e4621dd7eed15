import { dtypeBits, type Problem, publishedRates, type Target } from '@gemm-preflight/types';
import { channelsOf } from '../input/chains.js';

/** What any kernel has to do for a problem, padding left out. */
export interface Work {
  /** Multiply-accumulates ×2. */
  readonly flops: number;
  /** Bytes that cross device memory if each does once: weights of experts that have tokens, tokens, output and scales. */
  readonly bytes: number;
}

/** The work of a problem. */
export function workOf(problem: Problem): Work {
  const { k, dtypeElt, dtypeC, tokensPerBatch = [], blockScale = false, permuteFusion = false } = problem;
  const channels = channelsOf(problem);
  const tokens = tokensPerBatch.reduce((sum, count) => sum + count, 0);
  const busy = tokensPerBatch.filter((count) => count > 0).length;
  const sources = permuteFusion ? (problem.numTokens ?? tokens) : tokens;
  const inputBytes = ((busy * channels * k + sources * k) * dtypeBits(dtypeElt)) / 8;
  const isE4m3Out = (dtypeC === 'Void' ? dtypeElt : dtypeC) === 'E4m3';
  const outputBytes = (tokens * channels * dtypeBits(dtypeC === 'Void' ? dtypeElt : dtypeC)) / 8;
  const kBlocks = k / 128;
  const scales = blockScale
    ? (busy * channels * kBlocks) / 128 + sources * kBlocks + (isE4m3Out ? (tokens * channels) / 128 : 0)
    : 0;
  const routeBytes = permuteFusion ? tokens * 4 : 0;
  return { flops: 2 * tokens * channels * k, bytes: inputBytes + outputBytes + scales * 4 + routeBytes };
}

/** The least times of a problem on a GPU, in microseconds: no kernel is faster than either. */
export interface Floors {
  readonly memoryUs: number;
  readonly tensorCoresUs: number;
}

/** The floors by a target's rates, or those published of it; undefined where it has none for these types. */
export function floorsOf(problem: Problem, target: Target): Floors | undefined {
  const { memoryBandwidth, tensorFlops } = { ...publishedRates(target), ...target };
  const { flops, bytes } = workOf(problem);
  const bits = dtypeBits(problem.dtypeElt);
  const rate =
    bits > 16
      ? undefined
      : bits > 8
        ? tensorFlops?.bits16
        : bits > 4
          ? tensorFlops?.bits8
          : tensorFlops?.bits4;
  if (memoryBandwidth === undefined || rate === undefined) return undefined;
  return { memoryUs: (bytes / memoryBandwidth) * 1e6, tensorCoresUs: (flops / rate) * 1e6 };
}

/** The share of the roofline that a time reaches: the higher of the two floors over it. */
export function rooflineShare({ memoryUs, tensorCoresUs }: Floors, us: number): number {
  return Math.max(memoryUs, tensorCoresUs) / us;
}
