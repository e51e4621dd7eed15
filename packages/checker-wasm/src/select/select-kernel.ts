import {
  type CheckResult,
  isRuleSetName,
  type KernelInfo,
  type MeasurementFile,
  type Problem,
  type Target,
} from '@gemm-preflight/types';
import type { Checker } from '../checker.js';
import { otherThanCompiled } from '../plan/kernel-options.js';
import { optionsFor } from '../plan/options-for.js';
import { type KernelCost, kernelCost } from './kernel-cost.js';
import { measuredTime, whyNotMeasuredOn } from './measured-ranking.js';
import { type Mismatch, mismatches, type RefusalReason } from './refusal.js';

/** A kernel that runs the problem. */
export interface FittingKernel {
  readonly fits: true;
  readonly kernel: KernelInfo;
  readonly result: CheckResult;
  readonly cost: KernelCost;
  /** What its rank comes from: a measured time, one that follows from those of near problems, or the estimate in `cost.time`. */
  readonly rankedBy: 'measured' | 'interpolated' | 'model';
  /** Microseconds, as given; absent where nothing was. */
  readonly measuredUs?: number;
  /** Microseconds that measurements of near problems let one expect; see `SelectionSettings.measurements`. */
  readonly interpolatedUs?: number;
}

/** A kernel that does not run the problem. */
export interface RefusedKernel {
  readonly fits: false;
  readonly kernel: KernelInfo;
  /** At least one. Where a mismatch is among them, no rule has been asked. */
  readonly reasons: readonly RefusalReason[];
  /** Absent where no rule has been asked. */
  readonly result?: CheckResult;
}

/** A kernel held against a problem. */
export type KernelCandidate = FittingKernel | RefusedKernel;

/** A kernel for a problem, and why the others are not it. */
export interface KernelSelection {
  readonly selected: FittingKernel | undefined;
  /** All of the catalog: those that fit, the best first, then the refused ones in the catalog's order. */
  readonly candidates: readonly KernelCandidate[];
}

/** What a selection can be told. */
export interface SelectionSettings {
  /**
   * Measured microseconds of one launch of this very problem on this target, by `functionName`. Measured kernels rank
   * before all others, by their times: an estimate is the least time that is possible, and says nothing against a
   * measured one. Names that the catalog lacks are of no account.
   */
  readonly measured?: Readonly<Record<string, number>>;
  /**
   * A file of measured times, as `preflight bench` writes it. Kernels that were measured for this very problem rank first, by those
   * times; then those measured for near problems, by what their times come to here; then the others by estimate. Measurements of another
   * build of a kernel (`sha256`) are of no account.
   */
  readonly measurements?: MeasurementFile;
  /**
   * Only the device will know how many tokens each batch has, as in `PlanSettings`: the problem then says how they may be. Kernels that
   * have their tables from device memory fit, and no others. Default false.
   */
  readonly dynamicBatches?: boolean;
  /**
   * Also consider kernels of the other batch mode, for the same product with its sides changed: weights that are A for one are B for
   * the other, and the output lies the same. `result.options` of such a kernel has `m` and `n` changed, and a launch gets `a` and `b`
   * the other way round. Default false.
   */
  readonly anyBatchMode?: boolean;
}

/**
 * Holds every kernel of a catalog against a problem, and ranks those that fit: by measured time where there is one, then by
 * what near measurements come to, then by the estimate of the cost model. Kernels that tie in everything stay in the catalog's order. A problem without batches is
 * held against those that the rule set fills in (`batch-sizes-default`).
 * @throws {RangeError} when a measured time is no finite number above 0, or measurements are of another GPU or of the emulator
 */
export function selectKernel(
  checker: Checker,
  problem: Problem,
  catalog: readonly KernelInfo[],
  target: Target,
  { measured = {}, measurements, dynamicBatches = false, anyBatchMode = false }: SelectionSettings = {},
): KernelSelection {
  const foreign = measurements && whyNotMeasuredOn(measurements, target);
  if (foreign !== undefined) throw new RangeError(`these measurements do not count: ${foreign}`);
  const times = measurements?.measurements.flatMap(({ kernels }) => kernels) ?? [];
  const fromFile = times.map(({ functionName, medianUs }) => [functionName, medianUs] as const);
  for (const [name, us] of [...Object.entries(measured), ...fromFile]) {
    if (!(Number.isFinite(us) && us > 0)) {
      throw new RangeError(`the measured time of ${name} is ${us}; it must be microseconds above 0`);
    }
  }
  const candidates = catalog.map((kernel): KernelCandidate => {
    const isOther = anyBatchMode && (kernel.batchMode === 'batchM') !== problem.batchM;
    const held = (problem: Problem) => (isOther ? withSidesChanged(problem) : problem);
    const candidate = consider(checker, held(problem), kernel, target, dynamicBatches, measured);
    if (measurements === undefined || !candidate.fits || candidate.rankedBy === 'measured') return candidate;
    const costOf = (near: Problem): KernelCost | undefined => {
      const other = consider(checker, held(near), kernel, target, dynamicBatches, {});
      return other.fits ? other.cost : undefined;
    };
    return { ...candidate, ...measuredTime(measurements, kernel, problem, candidate.cost, costOf) };
  });
  const fitting = candidates.filter((candidate) => candidate.fits).sort(byRank);
  return { selected: fitting[0], candidates: [...fitting, ...candidates.filter(({ fits }) => !fits)] };
}

/** The same product with A and B changed: tokens along the other dimension, and the same output in memory. */
function withSidesChanged(problem: Problem): Problem {
  const { batchM, transposeMmaOutput, m, n } = problem;
  return { ...problem, batchM: !batchM, transposeMmaOutput: !transposeMmaOutput, m: n, n: m };
}

function consider(
  checker: Checker,
  problem: Problem,
  kernel: KernelInfo,
  target: Target,
  dynamicBatches: boolean,
  measured: Readonly<Record<string, number>>,
): KernelCandidate {
  const others = [...mismatches(kernel, problem, target, dynamicBatches), ...unknownRuleSet(kernel)];
  if (others.length > 0) return { fits: false, kernel, reasons: others };
  const result = checker.check(optionsFor(kernel, problem), target, { ruleSet: kernel.ruleSet, kernel });
  const reasons = [...errorsOf(result), ...adjustmentsOf(kernel, result)];
  if (reasons.length > 0 || result.launch === null) return { fits: false, kernel, result, reasons };
  const cost = kernelCost(kernel, result.options, result.launch, target);
  const measuredUs = Object.hasOwn(measured, kernel.functionName) ? measured[kernel.functionName] : undefined;
  return measuredUs === undefined
    ? { fits: true, kernel, result, cost, rankedBy: 'model' }
    : { fits: true, kernel, result, cost, rankedBy: 'measured', measuredUs };
}

function unknownRuleSet({ ruleSet }: KernelInfo): readonly Mismatch[] {
  return isRuleSetName(ruleSet)
    ? []
    : [{ kind: 'rule-set', message: `obeys the rule set ${ruleSet}, which is not known` }];
}

function errorsOf({ diagnostics }: CheckResult): readonly RefusalReason[] {
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map((diagnostic) => ({ kind: 'rule', message: diagnostic.message, diagnostic }));
}

/** Compiled code keeps the tiles that it was compiled with. Of options with errors, the errors say more. */
function adjustmentsOf(kernel: KernelInfo, { ok, options }: CheckResult): readonly RefusalReason[] {
  if (!ok) return [];
  return otherThanCompiled(kernel, options).map((message) => ({ kind: 'compiled-option', message }));
}

/** Times that were measured before those that follow from others: an estimate is the least time that is possible. */
const tiers = ['measured', 'interpolated', 'model'] as const satisfies readonly FittingKernel['rankedBy'][];

/**
 * Least first. Estimates are often equal, where device memory bounds several kernels alike; then the one that has more
 * room below its other bounds is better, and then the one that wastes less.
 */
function byRank(a: FittingKernel, b: FittingKernel): number {
  const measuredUs = (kernel: FittingKernel) => kernel.measuredUs ?? kernel.interpolatedUs ?? 0;
  return (
    tiers.indexOf(a.rankedBy) - tiers.indexOf(b.rankedBy) ||
    measuredUs(a) - measuredUs(b) ||
    a.cost.time.estimatedUs - b.cost.time.estimatedUs ||
    allBounds(a.cost) - allBounds(b.cost) ||
    a.cost.padding.total - b.cost.padding.total ||
    a.cost.operandBytes - b.cost.operandBytes
  );
}

function allBounds({ time: { memoryUs, operandsUs, tensorCoresUs, latencyUs } }: KernelCost): number {
  return (memoryUs ?? 0) + operandsUs + (tensorCoresUs ?? 0) + latencyUs;
}
