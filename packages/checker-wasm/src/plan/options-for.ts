import {
  type BatchedGemmOptions,
  type Dtype,
  type KernelInfo,
  type Problem,
  runsOn,
  type Target,
} from '@gemm-preflight/types';
import { kernelOptions } from './kernel-options.js';

/** The options of a problem on a kernel: tiles and types are the kernel's, sizes and batches the problem's. */
export function optionsFor(kernel: KernelInfo, problem: Problem): BatchedGemmOptions {
  const tokens = problem.tokensPerBatch ?? [];
  return {
    ...kernelOptions(kernel),
    batchM: problem.batchM,
    transposeMmaOutput: problem.transposeMmaOutput,
    batchedM: problem.batchM ? tokens : [],
    batchedN: problem.batchM ? [] : tokens,
    numTokens: problem.numTokens ?? tokens.reduce((sum, count) => sum + count, 0),
    numBatches: tokens.length,
    m: problem.m,
    n: problem.n,
    k: problem.k,
    ...(problem.atol !== undefined && { atol: problem.atol }),
    ...(problem.rtol !== undefined && { rtol: problem.rtol }),
    clusterDimX: problem.clusterDimX ?? 1,
    clusterDimY: problem.clusterDimY ?? 1,
    clusterDimZ: problem.clusterDimZ ?? 1,
    allReduceAlgo: problem.allReduceAlgo ?? 'None',
    splitK: 'None',
  };
}

/** The output's type; Void means that of the inputs. */
function outputOf({ dtypeElt, dtypeC }: Pick<Problem, 'dtypeElt' | 'dtypeC'>): Dtype {
  return dtypeC === 'Void' ? dtypeElt : dtypeC;
}

/** Why a kernel computes something else than the problem, or not on this target; a line each, empty if it fits. */
export function mismatches(kernel: KernelInfo, problem: Problem, target: Target): readonly string[] {
  const batchMode = problem.batchM ? 'batchM' : 'batchN';
  const blockScale = problem.blockScale ?? false;
  const permuteFusion = problem.permuteFusion ?? false;
  const reasons: readonly (false | string)[] = [
    !runsOn(kernel.arch, target) && `built for ${kernel.arch}, and ${target.name} is ${target.arch}`,
    kernel.batchMode !== batchMode && `${kernel.batchMode}, where the problem is ${batchMode}`,
    kernel.transposeMmaOutput !== problem.transposeMmaOutput &&
      `writes ${kernel.transposeMmaOutput ? 'transposed' : 'row-major'} output, where the problem wants the other`,
    kernel.dtypeElt !== problem.dtypeElt &&
      `takes ${kernel.dtypeElt} inputs, where the problem has ${problem.dtypeElt}`,
    outputOf(kernel) !== outputOf(problem) &&
      `writes ${kernel.dtypeC}, where the problem wants ${problem.dtypeC}`,
    kernel.blockScale !== blockScale &&
      (kernel.blockScale
        ? 'needs DeepSeek block scales, which the problem has not'
        : 'knows no block scales, which the problem has'),
    kernel.permuteFusion !== permuteFusion &&
      (kernel.permuteFusion
        ? 'gathers tokens through a routing map, which the problem has not'
        : 'cannot gather unpermuted tokens'),
  ];
  return reasons.filter((reason) => reason !== false);
}
