import type { Command } from 'commander';
import { planJson } from '../formats/plan-json.js';
import { formatPlannedProblem } from '../formats/pretty/planned-problem.js';
import { viewOf } from '../formats/pretty/view.js';
import { defaultTarget } from '../input/names.js';
import { type Io, print } from '../io.js';
import { type PlanRequest, planFile } from '../plan/plan-file.js';
import { exitCodes } from '../user-error.js';
import {
  catalogOption,
  choiceOption,
  examples,
  measurementsOption,
  problemFileHelp,
  targetOption,
} from './options.js';

interface PlanFlags extends PlanRequest {
  readonly format: 'pretty' | 'json';
}

/** Adds `preflight plan`. */
export function registerPlan(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('plan')
    .summary('select kernels for problems, and plan their launch')
    .description(
      'Selects a kernel for each problem of a file, and plans the launch: grid, shared memory, attributes, tensor maps, ' +
        'buffers. Needs no GPU.\n\n' +
        'Exit code 0: every problem has a plan; 1: some have none; 2: the question was wrong.',
    )
    .argument('<file>', 'a file of problems; below is one')
    .addOption(targetOption(`the GPU to plan for; default: the file’s, else ${defaultTarget}`))
    .addOption(catalogOption())
    .addOption(measurementsOption())
    .addOption(choiceOption('--format <format>', 'how to print', ['pretty', 'json']).default('pretty'))
    .addHelpText('after', problemFileHelp)
    .addHelpText(
      'after',
      examples(
        ['preflight plan layer.json', 'Plan the GEMMs of a layer'],
        ['preflight plan layer.json --target h200 --catalog my-kernels.json', 'With kernels of your own'],
        ['preflight plan layer.json --format json | jq .problems[0].plan.grid', 'Take one number out'],
      ),
    )
    .action(async (file: string, flags: PlanFlags) => plan(file, flags, io, setExitCode));
}

async function plan(
  file: string,
  flags: PlanFlags,
  io: Io,
  setExitCode: (code: number) => void,
): Promise<void> {
  const { file: given, target, planned } = await planFile(file, flags, io);
  if (planned.some((problem) => problem.plan === undefined)) setExitCode(exitCodes.findings);
  if (flags.format === 'json') return print(io, planJson(given, target, planned));
  const view = viewOf(io);
  await print(io, planned.map((problem) => formatPlannedProblem(problem, target, view)).join('\n'));
}
