import type { KernelCandidate, RefusalReason } from '@gemm-preflight/checker-wasm';
import type { ProblemFile, Target } from '@gemm-preflight/types';
import type { PlannedProblem } from '../plan/plan-problems.js';

/** The plans of a file as JSON. */
export function planJson({ name }: ProblemFile, target: Target, planned: readonly PlannedProblem[]): string {
  const document = { name, target: target.name, problems: planned.map(problemPlanJson) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** One problem with its kernel and its plan. */
export function problemPlanJson({ problem, selection, entry, plan, planError }: PlannedProblem) {
  return {
    problem,
    kernel: entry?.kernel.functionName ?? null,
    cubin: entry?.cubinPath ?? null,
    candidates: selection.candidates.map(candidateOf),
    diagnostics: selection.selected?.result.diagnostics ?? [],
    plan: plan ?? null,
    ...(planError !== undefined && { planError }),
  };
}

/** A kernel held against a problem, by its name. */
export function candidateOf(candidate: KernelCandidate) {
  const kernel = candidate.kernel.functionName;
  if (!candidate.fits) return { kernel, fits: false, reasons: candidate.reasons.map(reasonOf) };
  const { cost, rankedBy, measuredUs, interpolatedUs } = candidate;
  return {
    ...{ kernel, fits: true, rankedBy },
    ...(measuredUs !== undefined && { measuredUs }),
    ...(interpolatedUs !== undefined && { interpolatedUs }),
    cost,
  };
}

function reasonOf(reason: RefusalReason) {
  if (reason.kind !== 'rule') return reason;
  const { kind, message, diagnostic } = reason;
  return { kind, message, rule: diagnostic.rule, fields: diagnostic.fields, fixes: diagnostic.fixes ?? [] };
}
