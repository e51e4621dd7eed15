import type { KernelCandidate } from '@gemm-preflight/checker-wasm';
import type { ProblemFile, Target } from '@gemm-preflight/types';
import type { PlannedProblem } from '../plan/plan-problems.js';

/** The plans of a file as JSON. */
export function planJson({ name }: ProblemFile, target: Target, planned: readonly PlannedProblem[]): string {
  const document = { name, target: target.name, problems: planned.map(problemPlanJson) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** One problem with its kernel and its plan. */
export function problemPlanJson({ problem, choice, entry, plan, planError }: PlannedProblem) {
  return {
    problem,
    kernel: entry?.kernel.functionName ?? null,
    cubin: entry?.cubinPath ?? null,
    candidates: choice.candidates.map(candidateOf),
    diagnostics: choice.chosen?.result.diagnostics ?? [],
    plan: plan ?? null,
    ...(planError !== undefined && { planError }),
  };
}

/** A kernel held against a problem, by its name. */
export function candidateOf(candidate: KernelCandidate) {
  const kernel = candidate.kernel.functionName;
  return candidate.fits
    ? { kernel, fits: true, cost: candidate.cost }
    : { kernel, fits: false, reasons: candidate.reasons };
}
