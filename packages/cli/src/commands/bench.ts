import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { ModuleCache, type OpenDevice, openDevice } from '@gemm-preflight/launcher-native';
import {
  type MeasurementFile,
  measurementVersion,
  type Problem,
  type ProblemMeasurement,
} from '@gemm-preflight/types';
import type { Command } from 'commander';
import { type BenchSettings, benchProblem, type Contest, contestOf } from '../bench/bench-problem.js';
import { defaultProblems } from '../bench/default-shapes.js';
import { measuredDevice } from '../bench/measured-device.js';
import { workOf } from '../bench/roofline.js';
import { formatContest, formatNotMeasured } from '../formats/pretty/bench.js';
import { grouped } from '../formats/pretty/numbers.js';
import { viewOf } from '../formats/pretty/view.js';
import { count } from '../formats/summary.js';
import { type CatalogEntry, readCatalogs } from '../input/catalog.js';
import { resolveTarget } from '../input/names.js';
import { readProblemFile } from '../input/problem-file.js';
import { meaningOf } from '../input/read-text.js';
import { type Io, print } from '../io.js';
import { planProblems } from '../plan/plan-problems.js';
import { explainLaunchErrors } from '../run/launch-errors.js';
import { RandomBits } from '../run/random-source.js';
import { exitCodes, UserError } from '../user-error.js';
import { catalogOption, choiceOption, examples, problemFileHelp, severalOption } from './options.js';

/** What the emulator stands for where the file does not say: our own kernels are for Hopper. */
const defaultBenchTarget = 'h100';

/** What an emulator computes in a blink, in operations of one problem. */
const mostEmulatedFlops = 1e8;

const defaultRounds = { gpu: 15, emulator: 3 } as const;
const mostRounds = 1000;

interface BenchFlags {
  readonly problem?: string;
  readonly device: 'gpu' | 'emulator';
  readonly catalog: readonly string[];
  readonly only: readonly string[];
  readonly rounds?: number;
  readonly save?: string;
  readonly allowUnhashed?: true;
  readonly format: 'pretty' | 'json';
}

/** Adds `preflight bench`. */
export function registerBench(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('bench')
    .summary('time kernels on this GPU')
    .description(
      'Times all kernels that fit a problem, on the GPU of this machine: by CUDA events, on random data, every launch with other ' +
        'buffers so that none finds its operands in the L2 cache, round after round in turn. Says of each the median, what it ' +
        'comes to in operations and bytes, and the share of the roofline: of the least time that the GPU’s published rates ' +
        'allow. Outputs are not verified; preflight run does that.\n\n' +
        'The file that --save writes ranks kernels for preflight kernels, plan and run: --measurements FILE.\n\n' +
        'Exit code 0: every problem was timed; 1: some has no kernel with a cubin, or a launch failed; 2: the question was wrong, ' +
        'or there is no GPU.',
    )
    // So that those who give a file are told where files go.
    .allowExcessArguments()
    .option('--problem <file>', 'a file of problems; below is one. Default: shapes of two public models')
    .addOption(
      choiceOption('--device <device>', 'the emulator tries the command, on tiny problems', [
        'gpu',
        'emulator',
      ]).default('gpu'),
    )
    .addOption(catalogOption())
    .addOption(severalOption('--only <text>', 'kernels whose name contains this; can be given again'))
    .option(
      '--rounds <number>',
      `times that each kernel is measured; default: ${defaultRounds.gpu}`,
      parseRounds,
    )
    .option('--save <file>', 'write what was measured, as JSON')
    .option('--allow-unhashed', 'load cubins also where the catalog has no sha256 of them')
    .addOption(choiceOption('--format <format>', 'how to print', ['pretty', 'json']).default('pretty'))
    .addHelpText('after', problemFileHelp)
    .addHelpText(
      'after',
      examples(
        ['preflight bench', 'How fast are the kernels on this GPU?'],
        ['preflight bench --problem layer.json --save h100.json', 'And for my layer? Keep the times'],
        ['preflight run layer.json --measurements h100.json', 'Then run the fastest'],
        ['preflight bench --only Tile128x8 --rounds 50', 'Some kernels alone, more thoroughly'],
      ),
    )
    .action(async (flags: BenchFlags, { args: [file] }: Command) => {
      if (file !== undefined) throw new UserError(`bench takes the file by option: --problem ${file}`);
      await bench(flags, io, setExitCode);
    });
}

function parseRounds(given: string): number {
  const rounds = Number(given);
  if (/^\d+$/.test(given) && rounds >= 1 && rounds <= mostRounds) return rounds;
  throw new UserError(`--rounds is "${given}"; it must be a whole number from 1 to ${grouped(mostRounds)}`);
}

async function bench(flags: BenchFlags, io: Io, setExitCode: (code: number) => void): Promise<void> {
  const { name, target, problems } =
    flags.problem === undefined
      ? { name: undefined, target: undefined, problems: defaultProblems() }
      : await readProblemFile(flags.problem, io.cwd);
  const entries = await readCatalogs(flags.catalog, io.cwd);
  refuseUnknownNames(flags.only, entries);
  if (flags.save !== undefined) await refuseUnwritable(flags.save, io.cwd);
  if (flags.device === 'emulator') refuseLarge(problems, flags.problem);

  const emulated = resolveTarget(target ?? defaultBenchTarget);
  const kernels = entries.map(({ kernel }) => kernel);
  const choice = flags.device === 'gpu' ? 'auto' : 'emulator';
  const device = await explainLaunchErrors(() => openDevice({ choice, target: emulated, kernels }));
  try {
    if (flags.device !== device.kind) {
      throw new UserError(
        `there is no GPU to measure on, only the ${device.description}, whose times say nothing of kernels; ` +
          '--device emulator tries the command on tiny problems',
      );
    }
    const contests = contestsOf(problems, entries, device, flags, io);
    await measureAll(contests, device, { ...flags, name }, io, setExitCode);
  } finally {
    device.release();
  }
}

/** The problems with the kernels to time. Of the default shapes, those that no kernel is for are left out. */
function contestsOf(
  problems: readonly Problem[],
  entries: readonly CatalogEntry[],
  { target }: OpenDevice,
  { only, problem }: BenchFlags,
  io: Io,
): readonly Contest[] {
  const isWanted = (functionName: string) =>
    only.length === 0 || only.some((text) => functionName.includes(text));
  const pdl = io.env['TRTLLM_ENABLE_PDL'] !== '0';
  const contests = planProblems(problems, entries, target, createCheckerSync(), io.env).map((planned) =>
    contestOf(planned, entries, isWanted, pdl),
  );
  return problem === undefined ? contests.filter(({ contestants }) => contestants.length > 0) : contests;
}

async function measureAll(
  contests: readonly Contest[],
  device: OpenDevice,
  { rounds, save, format, allowUnhashed, name }: BenchFlags & { readonly name: string | undefined },
  io: Io,
  setExitCode: (code: number) => void,
): Promise<void> {
  if (contests.length === 0) {
    throw new UserError(
      `no kernel with a cubin is for ${device.target.name} and any of the default shapes; name a catalog, or give a --problem`,
      exitCodes.findings,
    );
  }
  using modules = new ModuleCache();
  const settings: BenchSettings = {
    modules,
    allowUnhashed: allowUnhashed ?? false,
    rounds: rounds ?? defaultRounds[device.kind],
    ...(device.kind === 'gpu'
      ? { cold: true, roundUs: 2000, warmUps: 2 }
      : { cold: false, roundUs: 0, warmUps: 0 }),
  };
  const view = viewOf(io);
  const isPretty = format === 'pretty';
  if (isPretty) await print(io, headOf(name, device, settings, view));
  const random = new RandomBits(0);
  const measurements: ProblemMeasurement[] = [];
  try {
    for (const contest of contests) {
      if (contest.contestants.length === 0) {
        setExitCode(exitCodes.findings);
        if (isPretty) await print(io, formatNotMeasured(contest, device.target, view));
        continue;
      }
      const measured = await explainLaunchErrors(() =>
        benchProblem(contest, device.context, random, settings),
      );
      measurements.push(measured);
      if (isPretty) await print(io, formatContest(contest, measured, device, view));
    }
  } finally {
    // What has been measured is kept, also when a later kernel fails.
    const file = await fileOf(device, measurements);
    if (save !== undefined && measurements.length > 0) await write(save, file, io.cwd);
    if (!isPretty) await print(io, file);
  }
  if (isPretty && save !== undefined && measurements.length > 0) {
    await print(io, `\n${count(measurements.length, 'problem')} saved to ${save}\n`);
  }
}

function headOf(
  name: string | undefined,
  { kind, description }: OpenDevice,
  { rounds }: BenchSettings,
  { paint }: ReturnType<typeof viewOf>,
): string {
  const title = name === undefined ? '' : `${paint.bold(name)}\n`;
  const warning =
    kind === 'gpu'
      ? ''
      : `${paint.yellow('!')} these are times of the CPU: they say nothing of kernels on a GPU\n`;
  return `${title}timed on ${description}, ${count(rounds, 'round')}\n${warning}`;
}

async function fileOf(device: OpenDevice, measurements: readonly ProblemMeasurement[]): Promise<string> {
  const file: MeasurementFile = {
    version: measurementVersion,
    device: await measuredDevice(device),
    measuredAt: new Date().toISOString(),
    measurements,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function refuseUnknownNames(only: readonly string[], entries: readonly CatalogEntry[]): void {
  const odd = only.find((text) => !entries.some(({ kernel }) => kernel.functionName.includes(text)));
  if (odd === undefined) return;
  throw new UserError(
    `--only is ${JSON.stringify(odd)}, which no name of ${count(entries.length, 'kernel')} contains; preflight kernels lists them`,
  );
}

function refuseLarge(problems: readonly Problem[], file: string | undefined): void {
  if (file === undefined) {
    throw new UserError(
      'the default shapes are too large for the emulator; give a tiny one with --problem FILE',
    );
  }
  const large = problems.findIndex((problem) => workOf(problem).flops > mostEmulatedFlops);
  if (large === -1) return;
  throw new UserError(
    `${file}: problems[${large}] takes ${gigaflops(problems[large])} GFLOP, and the emulator tries up to ` +
      `${mostEmulatedFlops / 1e9}; its times say nothing of kernels anyway`,
  );
}

function gigaflops(problem: Problem | undefined): number {
  return problem === undefined ? Number.NaN : Number((workOf(problem).flops / 1e9).toPrecision(3));
}

/** Minutes of measuring are not to end with a file that cannot be written. */
async function refuseUnwritable(path: string, cwd: string): Promise<void> {
  try {
    await access(dirname(resolve(cwd, path)), constants.W_OK);
  } catch (error) {
    throw cannotSave(path, error);
  }
}

async function write(path: string, text: string, cwd: string): Promise<void> {
  try {
    await writeFile(resolve(cwd, path), text);
  } catch (error) {
    throw cannotSave(path, error);
  }
}

function cannotSave(path: string, error: unknown): UserError {
  return new UserError(`cannot write the measurements to ${path}: ${meaningOf(error)}`);
}
