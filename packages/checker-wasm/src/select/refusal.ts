import {
  type Diagnostic,
  type Dtype,
  type KernelInfo,
  type Problem,
  runsOn,
  type Target,
} from '@gemm-preflight/types';
import { whyNoTables } from '../plan/tables-place.js';

/** In what a kernel differs from the problem or the target, before any rule is asked. */
export type MismatchKind =
  | 'arch'
  | 'batch-mode'
  | 'output-layout'
  | 'input-dtype'
  | 'output-dtype'
  | 'block-scale'
  | 'permute-fusion'
  | 'cta-tables'
  | 'rule-set';

/** The kernel computes something else than the problem, or not on this target. */
export interface Mismatch {
  readonly kind: MismatchKind;
  /** One line, with the values at fault. */
  readonly message: string;
}

/** Why a kernel is refused. */
export type RefusalReason =
  | Mismatch
  /** A rule found an error: its name and fixes are the diagnostic's. */
  | { readonly kind: 'rule'; readonly message: string; readonly diagnostic: Diagnostic }
  /** The check would have to adjust an option that the kernel was compiled with. */
  | { readonly kind: 'compiled-option'; readonly message: string };

/** The output's type; Void means that of the inputs. */
function outputOf({ dtypeElt, dtypeC }: Pick<Problem, 'dtypeElt' | 'dtypeC'>): Dtype {
  return dtypeC === 'Void' ? dtypeElt : dtypeC;
}

/**
 * Why a kernel computes something else than the problem, or not on this target; empty if it fits.
 * @param dynamicBatches the launch is to have its CTA tables in device memory
 */
export function mismatches(
  kernel: KernelInfo,
  problem: Problem,
  target: Target,
  dynamicBatches = false,
): readonly Mismatch[] {
  const batchMode = problem.batchM ? 'batchM' : 'batchN';
  const blockScale = problem.blockScale ?? false;
  const permuteFusion = problem.permuteFusion ?? false;
  const reasons: readonly (readonly [MismatchKind, false | string])[] = [
    [
      'arch',
      !runsOn(kernel.arch, target) && `built for ${kernel.arch}, and ${target.name} is ${target.arch}`,
    ],
    [
      'batch-mode',
      kernel.batchMode !== batchMode && `${kernel.batchMode}, where the problem is ${batchMode}`,
    ],
    [
      'output-layout',
      kernel.transposeMmaOutput !== problem.transposeMmaOutput &&
        `writes ${kernel.transposeMmaOutput ? 'transposed' : 'row-major'} output, where the problem wants the other`,
    ],
    [
      'input-dtype',
      kernel.dtypeElt !== problem.dtypeElt &&
        `takes ${kernel.dtypeElt} inputs, where the problem has ${problem.dtypeElt}`,
    ],
    [
      'output-dtype',
      outputOf(kernel) !== outputOf(problem) &&
        `writes ${kernel.dtypeC}, where the problem wants ${problem.dtypeC}`,
    ],
    [
      'block-scale',
      kernel.blockScale !== blockScale &&
        (kernel.blockScale
          ? 'needs DeepSeek block scales, which the problem has not'
          : 'knows no block scales, which the problem has'),
    ],
    [
      'permute-fusion',
      kernel.permuteFusion !== permuteFusion &&
        (kernel.permuteFusion
          ? 'gathers tokens through a routing map, which the problem has not'
          : 'cannot gather unpermuted tokens'),
    ],
    ['cta-tables', whyNoTables(kernel, dynamicBatches) ?? false],
  ];
  return reasons.flatMap(([kind, message]) => (message === false ? [] : [{ kind, message }]));
}
