import { planLaunch } from '@gemm-preflight/checker-wasm';
import type { Context, LoadedKernel, ModuleCache } from '@gemm-preflight/launcher-native';
import type { KernelMeasurement, LaunchPlan, ProblemMeasurement } from '@gemm-preflight/types';
import type { CatalogEntry } from '../input/catalog.js';
import type { PlannedProblem } from '../plan/plan-problems.js';
import { isDrawable } from '../run/gemm-data.js';
import type { RandomBits } from '../run/random-source.js';
import { acquireEntry } from '../run/run-problem.js';
import { BufferSets } from './buffer-sets.js';
import { type LoadedPlan, type TimingSettings, timeKernels } from './time-kernels.js';

/** A kernel that can be timed. */
export interface Contestant {
  readonly entry: CatalogEntry;
  readonly plan: LaunchPlan;
}

/** Which kernels of a problem are timed, and how many that fit are not, by the reason. */
export interface Contest {
  readonly planned: PlannedProblem;
  /** The best by their rank first. */
  readonly contestants: readonly Contestant[];
  /** Of those that --only leaves. */
  readonly withoutCubin: number;
  readonly withoutData: number;
}

/** The kernels that are timed for a problem: all that fit, have a cubin, and are wanted. */
export function contestOf(
  planned: PlannedProblem,
  entries: readonly CatalogEntry[],
  isWanted: (functionName: string) => boolean,
  pdl: boolean,
): Contest {
  const contestants: Contestant[] = [];
  let [withoutCubin, withoutData] = [0, 0];
  for (const candidate of planned.selection.candidates) {
    if (!candidate.fits || !isWanted(candidate.kernel.functionName)) continue;
    const entry = entries.find(({ kernel }) => kernel === candidate.kernel);
    if (entry?.cubinPath === undefined) withoutCubin++;
    else if (!isDrawable(candidate.result.options)) withoutData++;
    else contestants.push({ entry, plan: planLaunch(candidate.kernel, candidate.result, { pdl }) });
  }
  return { planned, contestants, withoutCubin, withoutData };
}

/** How to measure. */
export interface BenchSettings extends TimingSettings {
  /** Load cubins also where the catalog has no digest of them. */
  readonly allowUnhashed: boolean;
  /** Where kernels are kept from one problem to the next. */
  readonly modules: ModuleCache;
}

/**
 * Times the kernels of a problem on random data.
 * @returns the fastest first
 * @throws {UserError} when a cubin cannot be read or is not vouched for, or there is too little device memory
 */
export async function benchProblem(
  { planned: { problem }, contestants }: Contest,
  context: Context,
  random: RandomBits,
  { allowUnhashed, modules, ...timing }: BenchSettings,
): Promise<ProblemMeasurement> {
  const kernels: (LoadedPlan & { readonly loaded: LoadedKernel })[] = [];
  try {
    for (const { entry, plan } of contestants) {
      kernels.push({ loaded: await acquireEntry(entry, modules, context, allowUnhashed), plan });
    }
    const plans = contestants.map(({ plan }) => plan);
    using sets = BufferSets.allocate(context, plans, random, timing);
    const timings = await timeKernels(kernels, context, sets, timing);
    const measured = timings.map((times, i): KernelMeasurement => {
      const { functionName = '', sha256 } = contestants[i]?.entry.kernel ?? {};
      return { functionName, ...(sha256 !== undefined && { sha256 }), ...times };
    });
    return { problem, kernels: measured.toSorted((a, b) => a.medianUs - b.medianUs) };
  } finally {
    for (const { loaded } of kernels) loaded.release();
  }
}
