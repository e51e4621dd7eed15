import { randomInt } from 'node:crypto';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import {
  type DeviceChoice,
  deviceChoices,
  ModuleCache,
  type OpenDevice,
  openDevice,
} from '@gemm-preflight/launcher-native';
import type { Target } from '@gemm-preflight/types';
import type { Command } from 'commander';
import { formatPlannedProblem } from '../formats/pretty/planned-problem.js';
import { formatRun } from '../formats/pretty/run.js';
import { viewOf } from '../formats/pretty/view.js';
import { type RunOutcome, runJson } from '../formats/run-json.js';
import { readCatalogs } from '../input/catalog.js';
import { readMeasurementsOn } from '../input/measurement-file.js';
import { resolveTarget } from '../input/names.js';
import { readProblemFile } from '../input/problem-file.js';
import { type Io, print } from '../io.js';
import { planProblems } from '../plan/plan-problems.js';
import { explainLaunchErrors } from '../run/launch-errors.js';
import type { Quantised } from '../run/quantise.js';
import { RandomBits } from '../run/random-source.js';
import { runProblem } from '../run/run-problem.js';
import { exitCodes, UserError } from '../user-error.js';
import {
  catalogOption,
  choiceOption,
  examples,
  measurementsOption,
  problemFileHelp,
  targetOption,
} from './options.js';

/** What the emulator stands for where nobody says: our own kernels are for Hopper. */
const defaultRunTarget = 'h100';

interface RunFlags {
  readonly target?: Target;
  readonly catalog: readonly string[];
  readonly device: DeviceChoice;
  readonly measurements?: string;
  readonly seed?: number;
  readonly allowUnhashed?: true;
  readonly format: 'pretty' | 'json';
}

/** Adds `preflight run`. */
export function registerRun(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('run')
    .summary('check, plan, launch and verify')
    .description(
      'Selects a kernel for each problem of a file, launches it on fresh random data, and verifies the output against a ' +
        'reference computed in fp32 on the host. Runs on the GPU if there is one, otherwise on an emulator on the CPU.\n\n' +
        'Exit code 0: every output is right; 1: a problem has no kernel, a launch failed, or an output is wrong; 2: the ' +
        'question was wrong.',
    )
    .argument('<file>', 'a file of problems; below is one')
    .addOption(choiceOption('--device <device>', 'where to run', deviceChoices).default('auto'))
    .addOption(
      targetOption(`the GPU that the emulator stands for; default: the file’s, else ${defaultRunTarget}`),
    )
    .addOption(catalogOption())
    .addOption(measurementsOption())
    .option('--seed <number>', 'seed of the random data, to repeat a run; each run prints its own', parseSeed)
    .option('--allow-unhashed', 'load cubins also where the catalog has no sha256 of them')
    .addOption(choiceOption('--format <format>', 'how to print', ['pretty', 'json']).default('pretty'))
    .addHelpText('after', problemFileHelp)
    .addHelpText(
      'after',
      examples(
        ['preflight run examples/qwen3-30b-a3b-moe.json', 'Run an MoE layer'],
        [
          'preflight run layer.json --device emulator --seed 7',
          'Without a GPU, with the same data every time',
        ],
        [
          'preflight run layer.json --device gpu --format json',
          'On a GPU or not at all, for a program to read',
        ],
      ),
    )
    .action(async (file: string, flags: RunFlags) => run(file, flags, io, setExitCode));
}

function parseSeed(given: string): number {
  const seed = Number(given);
  if (/^\d+$/.test(given) && seed < 2 ** 32) return seed;
  throw new UserError(`--seed is "${given}"; it must be a whole number from 0 to 4294967295`);
}

async function run(
  file: string,
  flags: RunFlags,
  io: Io,
  setExitCode: (code: number) => void,
): Promise<void> {
  const { name, target, problems } = await readProblemFile(file, io.cwd);
  const entries = await readCatalogs(flags.catalog, io.cwd);
  const emulated = flags.target ?? resolveTarget(target ?? defaultRunTarget);
  const kernels = entries.map(({ kernel }) => kernel);
  const device = await explainLaunchErrors(() =>
    openDevice({ choice: flags.device, target: emulated, kernels }),
  );
  try {
    const seed = flags.seed ?? randomInt(2 ** 32);
    const measurements =
      flags.measurements === undefined
        ? undefined
        : await readMeasurementsOn(flags.measurements, device.target, io.cwd);
    const choices = { launchableFirst: true, measurements };
    const outcomes = runAll(
      planProblems(problems, entries, device.target, createCheckerSync(), io.env, choices),
      device,
      seed,
      flags.allowUnhashed ?? false,
    );
    if (flags.format === 'json') {
      const all: RunOutcome[] = [];
      for await (const outcome of outcomes) if ('planned' in outcome) all.push(outcome);
      if (!all.every(succeeded)) setExitCode(exitCodes.findings);
      await print(io, runJson(name, device, seed, all));
      return;
    }
    const view = viewOf(io);
    if (name !== undefined) await print(io, `${view.paint.bold(name)}\n`);
    await print(io, `running on ${device.description}; random data of seed ${seed}\n`);
    for await (const step of outcomes) {
      if ('planned' in step) {
        if (!succeeded(step)) setExitCode(exitCodes.findings);
        await print(io, formatRun(step, device, view));
      } else await print(io, `\n${formatPlannedProblem(step, device.target, view)}`);
    }
  } finally {
    device.release();
  }
}

type Planned = ReturnType<typeof planProblems>[number];

/** Yields each problem before it runs, for a reader who waits, and then how it went. */
async function* runAll(
  problems: readonly Planned[],
  { context, kind }: OpenDevice,
  seed: number,
  allowUnhashed: boolean,
): AsyncGenerator<Planned | RunOutcome> {
  const random = new RandomBits(seed);
  using modules = new ModuleCache();
  const settings = { modules, timed: kind === 'gpu', allowUnhashed };
  /** Outputs that later problems may take, by the names of theirs. */
  const outputs = new Map<string, Quantised>();
  for (const planned of problems) {
    yield planned;
    const { entry, plan } = planned;
    const { name, inputFrom } = planned.problem;
    const tokens = inputFrom === undefined ? undefined : outputs.get(inputFrom);
    if (entry === undefined || plan === undefined) {
      yield { planned, run: undefined };
    } else if (inputFrom !== undefined && tokens === undefined) {
      yield {
        planned,
        run: undefined,
        notRun: `its tokens are the output of ${inputFrom}, which did not run`,
      };
    } else {
      const run = await explainLaunchErrors(() =>
        runProblem({ entry, plan }, context, random, { ...settings, tokens }),
      );
      if (name !== undefined && run.quantised !== undefined) outputs.set(name, run.quantised);
      yield { planned, run };
    }
  }
}

function succeeded({ run }: RunOutcome): boolean {
  return run?.verification.ok === true;
}
