import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { runsOn, type Target } from '@gemm-preflight/types';
import type { Command } from 'commander';
import { kernelsJson } from '../formats/kernels-json.js';
import { describeProblem, formatChoice } from '../formats/pretty/choice.js';
import { formatKernels } from '../formats/pretty/kernels.js';
import { problemTitle } from '../formats/pretty/planned-problem.js';
import { indented } from '../formats/pretty/text.js';
import { viewOf } from '../formats/pretty/view.js';
import { type CatalogEntry, readCatalogs } from '../input/catalog.js';
import { defaultTarget, resolveTarget } from '../input/names.js';
import { readProblemFile } from '../input/problem-file.js';
import { type Io, print } from '../io.js';
import { planProblems } from '../plan/plan-problems.js';
import { exitCodes } from '../user-error.js';
import { catalogOption, choiceOption, examples, targetOption } from './options.js';

interface KernelsFlags {
  readonly target?: Target;
  readonly catalog: readonly string[];
  readonly problem?: string;
  readonly format: 'pretty' | 'json';
}

/** Adds `preflight kernels`. */
export function registerKernels(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('kernels')
    .summary('list the kernels of catalogs, and which fit a problem')
    .description(
      'Lists the kernels of catalogs. With a problem file: which of them fit, the best first, and why the others do not.',
    )
    .addOption(catalogOption())
    .addOption(targetOption('only kernels for this GPU; with --problem, the GPU to hold them against'))
    .option('--problem <file>', 'a file of problems to hold the kernels against')
    .addOption(choiceOption('--format <format>', 'how to print', ['pretty', 'json']).default('pretty'))
    .addHelpText(
      'after',
      examples(
        ['preflight kernels', 'What is there?'],
        ['preflight kernels --target h200', 'What runs on an H200?'],
        ['preflight kernels --problem layer.json', 'Which kernel fits my layer, and why not the others?'],
      ),
    )
    .action(async (flags: KernelsFlags) => {
      const entries = await readCatalogs(flags.catalog, io.cwd);
      if (flags.problem === undefined) await list(entries, flags, io);
      else await hold(entries, flags.problem, flags, io, setExitCode);
    });
}

async function list(
  entries: readonly CatalogEntry[],
  { target, format }: KernelsFlags,
  io: Io,
): Promise<void> {
  const shown = entries.filter(({ kernel }) => target === undefined || runsOn(kernel.arch, target));
  await print(io, format === 'json' ? kernelsJson(shown) : formatKernels(shown, target, viewOf(io)));
}

async function hold(
  entries: readonly CatalogEntry[],
  file: string,
  flags: KernelsFlags,
  io: Io,
  setExitCode: (code: number) => void,
): Promise<void> {
  const given = await readProblemFile(file, io.cwd);
  const target = flags.target ?? resolveTarget(given.target ?? defaultTarget);
  const held = planProblems(given.problems, entries, target, createCheckerSync(), io.env);
  if (held.some(({ entry }) => entry === undefined)) setExitCode(exitCodes.findings);
  if (flags.format === 'json') return print(io, kernelsJson(entries, { target, held }));
  const view = viewOf(io);
  const text = held.map(
    ({ label, problem, choice }) =>
      `${problemTitle(label, target, view)}${view.paint.dim(describeProblem(problem))}\n` +
      indented(formatChoice(choice, target, view), '  '),
  );
  await print(io, text.join('\n'));
}
