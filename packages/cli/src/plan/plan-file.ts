import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { ProblemFile, Target } from '@gemm-preflight/types';
import { type CatalogEntry, readCatalogs } from '../input/catalog.js';
import { readMeasurementsOn } from '../input/measurement-file.js';
import { defaultTarget, resolveTarget } from '../input/names.js';
import { readProblemFile } from '../input/problem-file.js';
import type { Io } from '../io.js';
import { type PlannedProblem, planProblems } from './plan-problems.js';

/** What to plan with. */
export interface PlanRequest {
  /** In place of the file's own. */
  readonly target?: Target;
  /** Catalogs in place of the built-in ones; empty for those. */
  readonly catalog: readonly string[];
  /** A file of measured times to rank by. */
  readonly measurements?: string;
  /** Only the device will know how many tokens each batch has. */
  readonly dynamicBatches?: boolean;
  /** Also kernels of the other batch mode, for the same product with its sides changed. */
  readonly anyBatchMode?: boolean;
}

/** A problem file, and its problems planned. */
export interface PlannedFile {
  readonly file: ProblemFile;
  readonly target: Target;
  readonly entries: readonly CatalogEntry[];
  readonly planned: readonly PlannedProblem[];
}

/**
 * Reads a problem file and the catalogs, and plans every problem.
 * @throws {UserError} when one of the files cannot be read, or is something else
 */
export async function planFile(path: string, request: PlanRequest, io: Io): Promise<PlannedFile> {
  const file = await readProblemFile(path, io.cwd);
  const entries = await readCatalogs(request.catalog, io.cwd);
  const target = request.target ?? resolveTarget(file.target ?? defaultTarget);
  const measurements =
    request.measurements === undefined
      ? undefined
      : await readMeasurementsOn(request.measurements, target, io.cwd);
  const { dynamicBatches, anyBatchMode } = request;
  const settings = { measurements, dynamicBatches, anyBatchMode };
  const planned = planProblems(file.problems, entries, target, createCheckerSync(), io.env, settings);
  return { file, target, entries, planned };
}
