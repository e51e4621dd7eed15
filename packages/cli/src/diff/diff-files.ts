import { type Checker, createCheckerSync } from '@gemm-preflight/checker-wasm';
import type { RuleSetName, Target } from '@gemm-preflight/types';
import { NamedKernels } from '../input/named-kernels.js';
import { resolveTarget } from '../input/names.js';
import { readProblemFile } from '../input/problem-file.js';
import { isLinesFile, nameOfInput } from '../input/read-cases.js';
import type { Io } from '../io.js';
import { UserError } from '../user-error.js';
import { type Change, compareEntries, type Status, statuses } from './compare.js';
import { type Matching, matchEntries } from './match.js';
import { type Contents, evaluate, readContents, type Side } from './side.js';

/** What to compare, and how. */
export interface DiffRequest {
  readonly old: string;
  /** Undefined: the old one, under another rule set. */
  readonly new: string | undefined;
  readonly rules: RulesPair | undefined;
  readonly target: Target | undefined;
  readonly onlyRuleSet: boolean;
  /** Path of a problem file, for kernels. */
  readonly problem: string | undefined;
  /** Catalogs that have the kernels that cases name; empty for the built-in ones. */
  readonly catalog: readonly string[];
}

/** The rule sets of the two sides. */
export interface RulesPair {
  readonly old: RuleSetName;
  readonly new: RuleSetName;
}

/** A side as a report names it. */
export interface ReportedSide {
  readonly file: string;
  /** The rule sets that its entries were checked by, most often one. */
  readonly ruleSets: readonly string[];
  readonly entries: number;
  readonly leftOut: number;
}

/** How many kernels fit a problem, before and after. */
export interface ProblemFits {
  readonly problem: string;
  readonly old: number;
  readonly new: number;
}

/** What a comparison found. */
export interface Diff {
  readonly kind: Contents['kind'];
  readonly old: ReportedSide;
  readonly new: ReportedSide;
  readonly matching: Omit<Matching, 'pairs'>;
  /** The problem file that kernels were held against; undefined for problems of their own tiles. */
  readonly problemFile: string | undefined;
  readonly problems: readonly ProblemFits[];
  /** Of all entries, the gravest first. */
  readonly changes: readonly Change[];
  readonly counts: Readonly<Record<Status, number>>;
  /** Something could run, or had a kernel, and has not any more. */
  readonly regressed: boolean;
}

/**
 * Compares two files of configurations or of kernels, or one under two rule sets.
 * @param checker what judges the entries; tests bring one that knows more rule sets
 * @throws {UserError} when a file cannot be read, or the two cannot be compared
 */
export async function diffFiles(
  request: DiffRequest,
  io: Io,
  checker: Checker = createCheckerSync(),
): Promise<Diff> {
  const { old: oldFile, new: newFile = oldFile, rules, onlyRuleSet } = request;
  if (request.new === undefined && rules === undefined) {
    throw new UserError('one file is compared under two rule sets: give --rules A..B, or a second file');
  }
  if (oldFile === '-' && request.new === '-')
    throw new UserError('the standard input can be one side of the comparison, not both');
  const old = await readContents(oldFile, isLinesFile(newFile), io);
  const now = request.new === undefined ? old : await readContents(newFile, isLinesFile(oldFile), io);
  if (old.kind !== now.kind) throw new UserError(otherKinds(oldFile, old, newFile, now));
  if (request.problem !== undefined && old.kind === 'cases') {
    throw new UserError(
      `--problem is for catalogs of kernels; the options of ${nameOfInput(oldFile)} hold their own sizes`,
    );
  }
  if (request.catalog.length > 0 && old.kind === 'catalog') {
    throw new UserError(
      `--catalog is for options that name kernels; ${nameOfInput(oldFile)} is a catalog itself`,
    );
  }
  const problemFile =
    request.problem === undefined ? undefined : await readProblemFile(request.problem, io.cwd);
  const target =
    request.target ?? (problemFile?.target === undefined ? undefined : resolveTarget(problemFile.target));
  const kernels = await NamedKernels.open({ catalog: request.catalog }, io.cwd);
  for (const side of [old, now]) if (side.kind === 'cases') await kernels.prepare(side.cases);
  const common = { checker, kernels, onlyRuleSet, target };
  const sides = {
    old: evaluate(old, problemFile?.problems, { ...common, ruleSet: rules?.old }),
    new: evaluate(now, problemFile?.problems, { ...common, ruleSet: rules?.new }),
  };
  const { pairs, ...matching } = matchEntries(
    { file: nameOfInput(oldFile), many: isMany(old), entries: sides.old.entries },
    { file: nameOfInput(newFile), many: isMany(now), entries: sides.new.entries },
  );
  const changes = pairs
    .map(compareEntries)
    .toSorted((a, b) => statuses.indexOf(a.status) - statuses.indexOf(b.status));
  const problems = problemFits(sides.old, sides.new);
  const counts = countStatuses(changes);
  return {
    kind: old.kind,
    old: reported(oldFile, sides.old),
    new: reported(newFile, sides.new),
    matching,
    problemFile: request.problem,
    problems,
    changes,
    counts,
    regressed: counts.regressed > 0 || problems.some((fits) => fits.old > 0 && fits.new === 0),
  };
}

function otherKinds(oldFile: string, old: Contents, newFile: string, now: Contents): string {
  const holds = ({ kind }: Contents): string =>
    kind === 'catalog' ? 'is a catalog of kernels' : 'holds options';
  return `${nameOfInput(oldFile)} ${holds(old)}, and ${nameOfInput(newFile)} ${holds(now)}; both have to be of one kind`;
}

function isMany(contents: Contents): boolean {
  return contents.kind === 'catalog' || contents.many;
}

function reported(path: string, { entries, leftOut }: Side): ReportedSide {
  const ruleSets = [...new Set(entries.map(({ outcome }) => outcome.ruleSet))];
  return { file: nameOfInput(path), ruleSets, entries: entries.length, leftOut };
}

/** Of each problem, how many kernels fit. */
function problemFits(old: Side, now: Side): readonly ProblemFits[] {
  const names = [...old.entries, ...now.entries].flatMap(({ problem }) => problem ?? []);
  const fits = ({ entries }: Side, asked: string): number =>
    entries.filter(({ problem, outcome }) => problem === asked && outcome.ok).length;
  return [...new Set(names)].map((problem) => ({
    problem,
    old: fits(old, problem),
    new: fits(now, problem),
  }));
}

function countStatuses(changes: readonly Change[]): Readonly<Record<Status, number>> {
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of changes) counts[status]++;
  return counts;
}
