import { suggestion } from '@gemm-preflight/checker-wasm';
import type { Problem } from '@gemm-preflight/types';
import { UserError } from '../user-error.js';

/**
 * Refuses problems that take the output of another which is not there, or is none that they can take.
 * @param path what to call the file
 * @throws {UserError} for the first
 */
export function refuseBrokenChains(path: string, problems: readonly Problem[]): void {
  for (const [i, problem] of problems.entries()) {
    if (problem.inputFrom === undefined) continue;
    const earlier = problems.slice(0, i);
    const source = earlier.findLast(({ name }) => name === problem.inputFrom);
    const fault =
      source === undefined
        ? `no problem before it has that name${near(problem.inputFrom, earlier)}`
        : whyNotTaken(problem, source);
    if (fault !== undefined) {
      throw new UserError(
        `${path}: problems[${i}].inputFrom is ${JSON.stringify(problem.inputFrom)}; ${fault}`,
      );
    }
  }
}

function near(given: string, earlier: readonly Problem[]): string {
  return suggestion(
    given,
    earlier.flatMap(({ name }) => (name === undefined ? [] : [name])),
  );
}

/** The outputs of one token. */
export function channelsOf({ batchM, m, n }: Pick<Problem, 'batchM' | 'm' | 'n'>): number {
  return batchM ? n : m;
}

/** Why a problem cannot take the output of another for its tokens; undefined where it can. */
function whyNotTaken(problem: Problem, source: Problem): string | undefined {
  const { k, dtypeElt, blockScale, permuteFusion, tokensPerBatch = [] } = problem;
  const channels = channelsOf(source);
  const tokensOfSource = source.tokensPerBatch ?? [];
  if (source.dtypeC !== 'E4m3' || source.blockScale !== true) {
    return 'only an E4m3 output with "blockScale" comes with the scales that a next problem needs';
  }
  if (dtypeElt !== 'E4m3' || blockScale !== true) return 'taking it needs dtypeElt E4m3 and "blockScale"';
  if (permuteFusion === true) return 'its tokens are permuted already, and "permuteFusion" permutes them';
  if (channels !== k) return `its outputs are ${channels} a token, and k is ${k}`;
  const isSame =
    tokensPerBatch.length === tokensOfSource.length &&
    tokensPerBatch.every((count, batch) => count === tokensOfSource[batch]);
  return isSame ? undefined : 'the two have other tokensPerBatch';
}
