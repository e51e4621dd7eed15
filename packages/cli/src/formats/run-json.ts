import type { OpenDevice } from '@gemm-preflight/launcher-native';
import type { PlannedProblem } from '../plan/plan-problems.js';
import type { ProblemRun } from '../run/run-problem.js';
import { problemPlanJson } from './plan-json.js';

/** A problem, and how it ran; no run where it has no plan. */
export interface RunOutcome {
  readonly planned: PlannedProblem;
  readonly run: ProblemRun | undefined;
  /** Why it did not run although it has a plan. */
  readonly notRun?: string;
}

/** The runs of a file as JSON. */
export function runJson(
  name: string | undefined,
  { kind, description, target }: OpenDevice,
  seed: number,
  outcomes: readonly RunOutcome[],
): string {
  const document = {
    name,
    device: { kind, description },
    target: target.name,
    seed,
    problems: outcomes.map(({ planned, run, notRun }) => ({
      ...problemPlanJson(planned),
      run: run === undefined ? null : { verification: run.verification, launchMs: run.launchMs },
      ...(notRun !== undefined && { notRun }),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
