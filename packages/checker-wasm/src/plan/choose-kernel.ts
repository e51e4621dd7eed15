import {
  type CheckResult,
  dtypeBits,
  type KernelInfo,
  type Problem,
  type Target,
} from '@gemm-preflight/types';
import type { Checker } from '../checker.js';
import { ctaTables, tokensOf, tokenTile } from './cta-tables.js';
import { otherThanCompiled } from './kernel-options.js';
import { mismatches, optionsFor } from './options-for.js';

/** What a kernel’s rank is made of. Lower cost is better. */
export interface KernelCost {
  /** Bytes of A and B that all CTAs together load: what bounds small and ragged batches. */
  readonly operandBytes: number;
  /** Padding rows as a share of all rows of the padded token space, 0 to 1. */
  readonly padding: number;
  /** CTAs along both axes, over the target’s SMs. */
  readonly waves: number;
}

/** A kernel held against a problem. */
export type KernelCandidate =
  | {
      readonly fits: true;
      readonly kernel: KernelInfo;
      readonly result: CheckResult;
      readonly cost: KernelCost;
    }
  | {
      readonly fits: false;
      readonly kernel: KernelInfo;
      readonly reasons: readonly string[];
      readonly result?: CheckResult;
    };

/** A kernel for a problem, and why the others are not it. */
export interface KernelChoice {
  readonly chosen: Extract<KernelCandidate, { fits: true }> | undefined;
  /** All kernels: those that fit by ascending cost, then the refused ones in the catalog’s order. */
  readonly candidates: readonly KernelCandidate[];
}

/** Holds every kernel against a problem, and ranks those that fit by the bytes that their CTAs load. */
export function chooseKernel(
  checker: Checker,
  problem: Problem,
  kernels: readonly KernelInfo[],
  target: Target,
): KernelChoice {
  const candidates = kernels.map((kernel) => consider(checker, problem, kernel, target));
  const fitting = candidates.filter((candidate) => candidate.fits).sort(byCost);
  return { chosen: fitting[0], candidates: [...fitting, ...candidates.filter(({ fits }) => !fits)] };
}

function consider(checker: Checker, problem: Problem, kernel: KernelInfo, target: Target): KernelCandidate {
  const reasons = mismatches(kernel, problem, target);
  if (reasons.length > 0) return { fits: false, kernel, reasons };
  const result = checker.check(optionsFor(kernel, problem), target, {
    ruleSet: kernel.ruleSet,
    kernel,
  });
  if (!result.ok) {
    const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
    return { fits: false, kernel, result, reasons: errors.map(({ message }) => message) };
  }
  const adjusted = otherThanCompiled(kernel, result.options);
  if (adjusted.length > 0) return { fits: false, kernel, result, reasons: adjusted };
  return { fits: true, kernel, result, cost: costOf(result, target) };
}

function costOf({ options: o, launch }: CheckResult, target: Target): KernelCost {
  const tokens = tokensOf(o).reduce((sum, count) => sum + count, 0);
  const padded = ctaTables(tokensOf(o), tokenTile(o)).totalNumPaddedTokens;
  const ctas = (launch?.grid.x ?? 0) * (launch?.grid.y ?? 0) * (launch?.grid.z ?? 0);
  return {
    operandBytes: (ctas * (o.tileM + o.tileN) * o.k * dtypeBits(o.dtypeElt)) / 8,
    padding: padded === 0 ? 0 : 1 - tokens / padded,
    waves: ctas / target.numSms,
  };
}

function byCost(a: { readonly cost: KernelCost }, b: { readonly cost: KernelCost }): number {
  return a.cost.operandBytes - b.cost.operandBytes || a.cost.padding - b.cost.padding;
}
