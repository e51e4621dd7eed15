import { Command } from 'commander';
import { examples } from './commands/options.js';
import type { Io } from './io.js';
import { version } from './version.js';
import { visible } from './visible.js';

/** Adds a command to the program. */
type Register = (program: Command, io: Io, setExitCode: (code: number) => void) => void;

/**
 * The commands in the order in which one meets them, each loaded when it is asked for: check needs neither the CUDA driver nor
 * what run needs of it.
 */
const commands: Readonly<Record<string, () => Promise<Register>>> = {
  check: async () => (await import('./commands/check.js')).registerCheck,
  explain: async () => (await import('./commands/explain.js')).registerExplain,
  search: async () => (await import('./commands/search.js')).registerSearch,
  kernels: async () => (await import('./commands/kernels.js')).registerKernels,
  plan: async () => (await import('./commands/plan.js')).registerPlan,
  run: async () => (await import('./commands/run.js')).registerRun,
  bench: async () => (await import('./commands/bench.js')).registerBench,
  inspect: async () => (await import('./commands/inspect.js')).registerInspect,
  import: async () => (await import('./commands/import.js')).registerImport,
  diff: async () => (await import('./commands/diff.js')).registerDiff,
};

/**
 * Builds the command line for these arguments: with the command that they start with, or for anything else, help and
 * misspelt names among it, with all. Parsing throws a `CommanderError` where commander would end the process.
 */
export async function createProgram(
  [first = '']: readonly string[],
  io: Io,
  setExitCode: (code: number) => void,
): Promise<Command> {
  const width = (): number => io.columns ?? 100;
  const program = new Command('preflight')
    .description(
      'Checks the options of tensor-core GEMM kernels before they fly, and then flies them.\n\n' +
        'Its files are JSON: configurations, which are the options of one kernel, for check and diff; problems, for which a ' +
        'kernel is yet to be chosen, for kernels, plan, run and bench; spaces of options for search; catalogs of compiled kernels ' +
        'for --catalog. Editors find JSON Schemas of all but the spaces in @gemm-preflight/types/schemas.',
    )
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(oneLine(text)),
      getOutHelpWidth: width,
      getErrHelpWidth: width,
      getOutHasColors: () => io.color,
      getErrHasColors: () => io.color,
    })
    .addHelpText(
      'after',
      examples(
        ['preflight check config.json', 'Can this kernel run? If not, why, and what would help?'],
        ['preflight explain tile-k-divides-k-slice', 'What is this rule, and why?'],
        ['preflight search space.json', 'Which of all these combinations are legal?'],
        ['preflight kernels --problem layer.json', 'Which compiled kernels fit the GEMMs of a layer?'],
        ['preflight plan layer.json', 'Which kernel for each, and how is it launched?'],
        ['preflight run layer.json', 'Launch them, and verify what they computed'],
        ['preflight bench --problem layer.json', 'How fast is each kernel on this GPU?'],
        ['preflight inspect gemm.cubin', 'What does this cubin hold, and what does it need?'],
        [
          'git show HEAD:config.json | preflight diff - config.json',
          'Can anything no longer run after my change?',
        ],
      ),
    );
  const loaders = Object.hasOwn(commands, first) ? [commands[first]] : Object.values(commands);
  for (const load of loaders) (await load?.())?.(program, io, setExitCode);
  return program;
}

/** Commander's `error: …\n(Did you mean --x?)\n` as our one line. */
function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\(Did you mean (?:one of )?(.+)\?\)$/s, '; did you mean $1?')
    .replaceAll('\n', ' ');
  return `preflight: ${visible(line)}\n`;
}
