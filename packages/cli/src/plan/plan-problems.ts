import {
  type Checker,
  type KernelSelection,
  PlanError,
  planLaunch,
  selectKernel,
} from '@gemm-preflight/checker-wasm';
import type { LaunchPlan, MeasurementFile, Problem, Target } from '@gemm-preflight/types';
import type { CatalogEntry } from '../input/catalog.js';
import type { Io } from '../io.js';

/** A problem, the kernel selected for it, and how that would be launched. */
export interface PlannedProblem {
  /** The problem's name, or its position. */
  readonly label: string;
  readonly problem: Problem;
  readonly selection: KernelSelection;
  /** The catalog's entry of the selected kernel; undefined where none fits. */
  readonly entry: CatalogEntry | undefined;
  /** Undefined where no kernel fits, or the one that does cannot be planned. */
  readonly plan: LaunchPlan | undefined;
  /** Why the selected kernel cannot be planned. */
  readonly planError: string | undefined;
}

/** How to choose among the kernels that fit. */
export interface PlanChoices {
  /** Prefer kernels whose cubin the catalog has. */
  readonly launchableFirst?: boolean;
  /** Times measured on this target to rank by. */
  readonly measurements?: MeasurementFile | undefined;
  /** As in `SelectionSettings`; plans then have their CTA tables in device memory. */
  readonly dynamicBatches?: boolean | undefined;
  /** As in `SelectionSettings`. */
  readonly anyBatchMode?: boolean | undefined;
}

/** Selects a kernel for each problem, and plans its launch. */
export function planProblems(
  problems: readonly Problem[],
  entries: readonly CatalogEntry[],
  target: Target,
  checker: Checker,
  env: Io['env'],
  { launchableFirst = false, measurements, dynamicBatches = false, anyBatchMode = false }: PlanChoices = {},
): readonly PlannedProblem[] {
  const kernels = entries.map(({ kernel }) => kernel);
  return problems.map((problem, i) => {
    const ranked = selectKernel(checker, problem, kernels, target, {
      ...(measurements && { measurements }),
      dynamicBatches,
      anyBatchMode,
    });
    const selection = launchableFirst ? withCubinsFirst(ranked, entries) : ranked;
    const entry = entries.find(({ kernel }) => kernel === selection.selected?.kernel);
    const label = problem.name ?? `problem ${i + 1}`;
    return { label, problem, selection, entry, ...tryPlan(selection, dynamicBatches, env) };
  });
}

/** A selection that prefers kernels whose cubin is there, at whatever cost: the others cannot be launched. */
function withCubinsFirst({ candidates }: KernelSelection, entries: readonly CatalogEntry[]): KernelSelection {
  const launchable = new Set(
    entries.filter(({ cubinPath }) => cubinPath !== undefined).map(({ kernel }) => kernel),
  );
  const fitting = candidates.filter((candidate) => candidate.fits);
  const [first, second] = [true, false].map((has) =>
    fitting.filter(({ kernel }) => launchable.has(kernel) === has),
  );
  const sorted = [...(first ?? []), ...(second ?? [])];
  return { selected: sorted[0], candidates: [...sorted, ...candidates.filter(({ fits }) => !fits)] };
}

function tryPlan(
  { selected }: KernelSelection,
  dynamicBatches: boolean,
  env: Io['env'],
): Pick<PlannedProblem, 'plan' | 'planError'> {
  if (selected === undefined) return { plan: undefined, planError: undefined };
  try {
    // The engines that these kernels come from turn programmatic dependent launch off by this variable.
    const pdl = env['TRTLLM_ENABLE_PDL'] !== '0';
    return {
      plan: planLaunch(selected.kernel, selected.result, { pdl, dynamicBatches }),
      planError: undefined,
    };
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    return { plan: undefined, planError: error.message };
  }
}
