import { Command } from 'commander';
import { examples } from './commands/options.js';
import type { Io } from './io.js';
import { version } from './version.js';
import { visible } from './visible.js';

/** Adds a command to the program. */
type Register = (program: Command, io: Io, setExitCode: (code: number) => void) => void;

/** The commands, each loaded when it is asked for: check needs neither the CUDA driver nor what run needs of it. */
const commands: Readonly<Record<string, () => Promise<Register>>> = {
  check: async () => (await import('./commands/check.js')).registerCheck,
  diff: async () => (await import('./commands/diff.js')).registerDiff,
  explain: async () => (await import('./commands/explain.js')).registerExplain,
  import: async () => (await import('./commands/import.js')).registerImport,
  inspect: async () => (await import('./commands/inspect.js')).registerInspect,
  kernels: async () => (await import('./commands/kernels.js')).registerKernels,
  plan: async () => (await import('./commands/plan.js')).registerPlan,
  run: async () => (await import('./commands/run.js')).registerRun,
  search: async () => (await import('./commands/search.js')).registerSearch,
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
    .description('Checks the options of tensor-core GEMM kernels before they fly, and then flies them.')
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
        ['preflight plan layer.json', 'Which kernel for each GEMM of a layer, and how is it launched?'],
        ['preflight run layer.json', 'Launch them, and verify what they computed'],
        ['preflight search space.json', 'Which of all these combinations are legal?'],
        ['preflight inspect gemm.cubin', 'What does this cubin hold, and what does it need?'],
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
