import { runsOn } from '@gemm-preflight/types';
import type { Command } from 'commander';
import { kernelsJson } from '../formats/kernels-json.js';
import { formatKernels } from '../formats/pretty/kernels.js';
import { problemTitle } from '../formats/pretty/planned-problem.js';
import { describeProblem, formatSelection } from '../formats/pretty/selection.js';
import { indented } from '../formats/pretty/text.js';
import { viewOf } from '../formats/pretty/view.js';
import { readCatalogs } from '../input/catalog.js';
import { type Io, print } from '../io.js';
import { type PlanRequest, planFile } from '../plan/plan-file.js';
import { exitCodes, UserError } from '../user-error.js';
import {
  catalogOption,
  choiceOption,
  examples,
  measurementsOption,
  problemFileHelp,
  targetOption,
} from './options.js';

const flagNames = {
  why: '--why',
  anyBatchMode: '--any-batch-mode',
  dynamicBatches: '--dynamic-batches',
} as const;

interface KernelsFlags extends PlanRequest {
  readonly problem?: string;
  readonly why?: true;
  readonly format: 'pretty' | 'json';
}

/** Adds `preflight kernels`. */
export function registerKernels(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('kernels')
    .summary('list the kernels of catalogs, and which fit a problem')
    .description(
      'Lists the compiled kernels of catalogs: those that come with Preflight, or your own. With a file of problems: which of ' +
        'them fit, the best first, and why the others do not. A catalog is {"kernels": [{"functionName": …, "arch": …, ' +
        '"tileM": …, …}]}.\n\n' +
        'Exit code 0: listed, or every problem has a kernel; 1: some have none; 2: the question was wrong.',
    )
    // So that those who give a file are told where files go.
    .allowExcessArguments()
    .addOption(catalogOption())
    .addOption(targetOption('only kernels for this GPU; with --problem, the GPU to hold them against'))
    .option('--problem <file>', 'a file of problems to hold the kernels against; below is one')
    .option(
      '--why',
      'with --problem: every refused kernel with all that speaks against it, and what would help',
    )
    .addOption(measurementsOption())
    .option(
      '--any-batch-mode',
      'with --problem: also kernels that take the same product with its sides changed, tokens along m instead of n or the other ' +
        'way round; a launch then gets a and b exchanged',
    )
    .option(
      '--dynamic-batches',
      'with --problem: token counts that only the device will know; those of the file say how they may be',
    )
    .addOption(choiceOption('--format <format>', 'how to print', ['pretty', 'json']).default('pretty'))
    .addHelpText('after', problemFileHelp)
    .addHelpText(
      'after',
      examples(
        ['preflight kernels', 'What is there?'],
        ['preflight kernels --target h200', 'What runs on an H200?'],
        ['preflight kernels --problem layer.json', 'Which kernels fit my layer, and which is the best?'],
        [
          'preflight kernels --problem layer.json --any-batch-mode',
          'And if tokens may lie along either side?',
        ],
        ['preflight kernels --problem layer.json --why', 'Why not the others, one by one?'],
        [
          'preflight kernels --problem layer.json --measurements h100.json',
          'Which is the fastest, as preflight bench has measured?',
        ],
      ),
    )
    .action(async (flags: KernelsFlags, { args: [file] }: Command) => {
      if (file !== undefined) {
        throw new UserError(`kernels takes files by option: --catalog ${file}, or --problem ${file}`);
      }
      const { problem } = flags;
      if (problem === undefined) {
        const aboutProblem = (['why', 'anyBatchMode', 'dynamicBatches'] as const).find((flag) => flags[flag]);
        if (aboutProblem !== undefined) {
          throw new UserError(`${flagNames[aboutProblem]} is about a problem; give one with --problem`);
        }
        if (flags.measurements !== undefined) {
          throw new UserError('--measurements rank kernels for a problem; give one with --problem');
        }
        await list(flags, io);
      } else await hold(problem, flags, io, setExitCode);
    });
}

async function list({ target, catalog, format }: KernelsFlags, io: Io): Promise<void> {
  const entries = await readCatalogs(catalog, io.cwd);
  const shown = entries.filter(({ kernel }) => target === undefined || runsOn(kernel.arch, target));
  await print(io, format === 'json' ? kernelsJson(shown) : formatKernels(shown, target, viewOf(io)));
}

async function hold(
  file: string,
  flags: KernelsFlags,
  io: Io,
  setExitCode: (code: number) => void,
): Promise<void> {
  const { target, entries, planned } = await planFile(file, flags, io);
  if (planned.some(({ entry }) => entry === undefined)) setExitCode(exitCodes.findings);
  if (flags.format === 'json') return print(io, kernelsJson(entries, { target, planned }));
  const view = viewOf(io);
  const text = planned.map(
    ({ label, problem, selection }) =>
      `${problemTitle(label, target, view)}${view.paint.dim(describeProblem(problem))}\n` +
      indented(formatSelection(selection, target, view, flags.why), '  '),
  );
  await print(io, text.join('\n'));
}
