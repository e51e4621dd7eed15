import {
  isTargetName,
  type KernelInfo,
  type KernelMeasurement,
  type MeasurementFile,
  type Problem,
  type Target,
} from '@gemm-preflight/types';
import type { KernelCost } from './kernel-cost.js';

/** What measurements say of a kernel for a problem. */
export type MeasuredTime =
  /** Microseconds of this very problem. */
  | { readonly rankedBy: 'measured'; readonly measuredUs: number }
  /** Microseconds that follow from those of near problems. */
  | { readonly rankedBy: 'interpolated'; readonly interpolatedUs: number };

/** Problems whose sizes differ by more than this say nothing of each other: the length, in powers of two, of the way between them. */
export const farthest = 4;

/** How many near problems are averaged. */
const mostNear = 8;

/** The square of a distance at which problems of the same sizes count: they can differ in how tokens fall on the batches. */
const leastSquare = 0.01;

/**
 * Why a file of measurements does not speak of a target, in one line; undefined where it does. Presets are told by the word in a product's
 * name: h100 in `NVIDIA H100 80GB HBM3`.
 */
export function whyNotMeasuredOn({ device }: MeasurementFile, target: Target): string | undefined {
  if (device.kind === 'emulator') return 'measured on the emulator, whose times say nothing of kernels';
  const words = device.name.toLowerCase().split(/[^a-z0-9]+/);
  const isProduct =
    device.name === target.name ||
    (isTargetName(target.name) && words.includes(target.name.split('-')[0] ?? target.name));
  if (isProduct && device.arch === target.arch && device.numSms === target.numSms) return undefined;
  return `measured on ${device.name} (${device.arch}, ${device.numSms} SMs), not on ${target.name} (${target.arch}, ${target.numSms} SMs)`;
}

/** A measured time of a problem that is near, and how near. */
interface Neighbour {
  readonly square: number;
  /** How much longer than its estimate the launch took. */
  readonly logRatio: number;
}

/**
 * What a file says of a kernel for a problem.
 *
 * A time of the same problem counts as it is, the last one where there are several. Otherwise the kernel's times of near problems tell how far
 * from their estimates they were: the nearest eight that differ by no more than four powers of two in tokens per expert, channels
 * and k together, the nearer the more. The estimate of the problem at hand, times that, is what is expected; so padding, waves and bounds,
 * which the estimate knows, are not interpolated. Nothing near: undefined.
 * @param cost of the problem at hand
 * @param costOf the kernel's cost for another problem; undefined where it does not run that
 */
export function measuredTime(
  { measurements }: MeasurementFile,
  kernel: KernelInfo,
  problem: Problem,
  cost: KernelCost,
  costOf: (near: Problem) => KernelCost | undefined,
): MeasuredTime | undefined {
  const ofKernel = measurements.flatMap(({ problem: measured, kernels }) => {
    const found = isAlike(measured, problem) ? kernels.findLast((entry) => isOf(entry, kernel)) : undefined;
    return found === undefined ? [] : [{ measured, us: found.medianUs }];
  });
  const same = ofKernel.findLast(({ measured }) => isSame(measured, problem));
  if (same !== undefined) return { rankedBy: 'measured', measuredUs: same.us };
  const neighbours = ofKernel.flatMap(({ measured, us }): readonly Neighbour[] => {
    const square = squaredDistance(measured, problem);
    if (!(square <= farthest ** 2)) return [];
    const estimatedUs = costOf(measured)?.time.estimatedUs;
    return estimatedUs === undefined ? [] : [{ square, logRatio: Math.log(us / estimatedUs) }];
  });
  const nearest = neighbours.sort((a, b) => a.square - b.square).slice(0, mostNear);
  if (nearest.length === 0) return undefined;
  return { rankedBy: 'interpolated', interpolatedUs: cost.time.estimatedUs * Math.exp(average(nearest)) };
}

function average(neighbours: readonly Neighbour[]): number {
  let [sum, weights] = [0, 0];
  for (const { square, logRatio } of neighbours) {
    const weight = 1 / (square + leastSquare);
    sum += weight * logRatio;
    weights += weight;
  }
  return sum / weights;
}

/** Another build of the same name is another kernel. */
function isOf({ functionName, sha256 }: KernelMeasurement, kernel: KernelInfo): boolean {
  if (functionName !== kernel.functionName) return false;
  return sha256 === undefined || kernel.sha256 === undefined || sha256 === kernel.sha256;
}

/** Whether two problems differ in nothing but sizes and tokens. */
function isAlike(a: Problem, b: Problem): boolean {
  return kindOf(a).every((value, i) => value === kindOf(b)[i]);
}

function kindOf(problem: Problem): readonly unknown[] {
  const { batchM, transposeMmaOutput, dtypeElt, dtypeC, blockScale, permuteFusion, allReduceAlgo } = problem;
  const { clusterDimX, clusterDimY, clusterDimZ } = problem;
  return [
    ...[batchM, transposeMmaOutput, dtypeElt, dtypeC === 'Void' ? dtypeElt : dtypeC],
    ...[blockScale ?? false, permuteFusion ?? false, allReduceAlgo ?? 'None'],
    ...[clusterDimX ?? 1, clusterDimY ?? 1, clusterDimZ ?? 1],
  ];
}

function channelsOf({ batchM, m, n }: Problem): number {
  return batchM ? n : m;
}

/** Whether alike problems are the same. The size along the tokens is of no account where each batch has its own. */
function isSame(a: Problem, b: Problem): boolean {
  const [tokensOfA, tokensOfB] = [a.tokensPerBatch ?? [], b.tokensPerBatch ?? []];
  return (
    channelsOf(a) === channelsOf(b) &&
    a.k === b.k &&
    tokensOfA.length === tokensOfB.length &&
    tokensOfA.every((count, batch) => count === tokensOfB[batch]) &&
    (a.permuteFusion !== true || a.numTokens === b.numTokens)
  );
}

/** The square of the way between the sizes of two problems, in powers of two; not a number where one has no tokens. */
function squaredDistance(a: Problem, b: Problem): number {
  const [from, to] = [sizesOf(a), sizesOf(b)];
  return from.reduce((sum, size, i) => sum + Math.log2(size / (to[i] ?? Number.NaN)) ** 2, 0);
}

/** Tokens per expert that has some, channels and k. */
function sizesOf(problem: Problem): readonly number[] {
  const busy = (problem.tokensPerBatch ?? []).filter((count) => count > 0);
  const tokens = busy.reduce((sum, count) => sum + count, 0);
  return [tokens / busy.length, channelsOf(problem), problem.k];
}
