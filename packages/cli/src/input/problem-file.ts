import { type ProblemFile, problemSchema } from '@gemm-preflight/types';
import { UserError } from '../user-error.js';
import { refuseBrokenChains } from './chains.js';
import { readShaped } from './read-shaped.js';

/**
 * Reads a file of problems, and gives each problem its tokens.
 * @returns the file; every problem has `tokensPerBatch`
 * @throws {UserError} when it cannot be read, is no problem file, leaves a problem without tokens, or gives one the output of
 * another that it cannot take
 */
export async function readProblemFile(path: string, cwd: string = process.cwd()): Promise<ProblemFile> {
  const file = await readShaped<ProblemFile>(path, cwd, problemSchema, 'problems');
  const problems = file.problems.map((problem, i) => {
    const tokensPerBatch = problem.tokensPerBatch ?? file.tokensPerBatch;
    if (tokensPerBatch !== undefined) return { ...problem, tokensPerBatch };
    throw new UserError(
      `${path}: problems[${i}] lacks "tokensPerBatch", and the file has none for all problems`,
    );
  });
  refuseBrokenChains(path, problems);
  return { ...file, problems };
}
