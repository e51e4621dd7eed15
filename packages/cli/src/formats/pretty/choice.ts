import type { KernelCandidate, KernelChoice, KernelCost } from '@gemm-preflight/checker-wasm';
import { type Problem, runsOn, type Target } from '@gemm-preflight/types';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import { bytes, grouped, percent } from './numbers.js';
import { paragraph } from './text.js';
import type { View } from './view.js';

type Fitting = Extract<KernelCandidate, { fits: true }>;
type Refused = Extract<KernelCandidate, { fits: false }>;

/** A problem in a line: `E4m3 × E4m3 → Bfloat16, m 1536, k 2048, 1,024 tokens in 128 batches along n`. */
export function describeProblem(problem: Problem): string {
  const { dtypeElt, dtypeC, batchM, m, n, k, blockScale, permuteFusion, tokensPerBatch = [] } = problem;
  const tokens = tokensPerBatch.reduce((sum, batch) => sum + batch, 0);
  return [
    `${dtypeElt} × ${dtypeElt} → ${dtypeC}`,
    batchM ? `n ${grouped(n)}` : `m ${grouped(m)}`,
    `k ${grouped(k)}`,
    `${count(tokens, 'token')} in ${count(tokensPerBatch.length, 'batch', 'batches')} along ${batchM ? 'm' : 'n'}`,
    ...(blockScale ? ['block scales'] : []),
    ...(permuteFusion ? ['tokens unpermuted'] : []),
  ].join(', ');
}

/** The kernel chosen for a problem, the others that fit, and why the rest does not. */
export function formatChoice({ candidates }: KernelChoice, target: Target, view: View): string {
  const [chosen, ...alternatives] = candidates.filter((candidate) => candidate.fits);
  const refused = candidates.filter((candidate) => !candidate.fits);
  return [
    chosen === undefined
      ? `${view.paint.red('✗')} none of ${count(candidates.length, 'kernel')} fits\n`
      : formatFitting(chosen, target, view, view.paint.green('✓')),
    ...alternatives.map((candidate) => formatFitting(candidate, target, view, view.paint.dim('○'))),
    ...[...byReason(refused, target)].map(([reason, names]) => formatRefused(reason, names, view)),
  ].join('');
}

/** Refused kernels by what speaks against them. Of a kernel that is not for this GPU, nothing else matters. */
function byReason(refused: readonly Refused[], target: Target): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { kernel, reasons } of refused) {
    const telling = runsOn(kernel.arch, target) ? reasons : reasons.slice(0, 1);
    const reason = telling.join('; ');
    groups.set(reason, [...(groups.get(reason) ?? []), kernel.functionName]);
  }
  return groups;
}

function formatFitting({ kernel, cost }: Fitting, target: Target, view: View, mark: string): string {
  return `${mark} ${visible(kernel.functionName)}\n    ${view.paint.dim(costLine(cost, target))}\n`;
}

/** What a kernel's rank is made of, in a line. */
export function costLine({ operandBytes, padding, waves }: KernelCost, { numSms }: Target): string {
  const rounded = Number(waves.toPrecision(3));
  return `loads ${bytes(operandBytes)} of A and B, ${percent(padding)} padding, ${rounded} waves of ${numSms} SMs`;
}

function formatRefused(reason: string, names: readonly string[], view: View): string {
  const { paint } = view;
  const list = names.map((name) => `    ${paint.dim(visible(name))}\n`);
  return paragraph(reason, view, { indent: '  ', head: `${paint.red('✗')} ` }) + list.join('');
}
