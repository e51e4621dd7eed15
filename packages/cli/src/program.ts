import { Command } from 'commander';
import { registerCheck } from './commands/check.js';
import { registerExplain } from './commands/explain.js';
import { registerKernels } from './commands/kernels.js';
import { examples } from './commands/options.js';
import { registerPlan } from './commands/plan.js';
import { registerRun } from './commands/run.js';
import type { Io } from './io.js';
import { version } from './version.js';

/** Builds the command line. Parsing throws a `CommanderError` where commander would end the process. */
export function createProgram(io: Io, setExitCode: (code: number) => void): Command {
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
      ),
    );
  for (const register of [registerCheck, registerExplain, registerKernels, registerPlan, registerRun]) {
    register(program, io, setExitCode);
  }
  return program;
}

/** Commander's `error: …\n(Did you mean --x?)\n` as our one line. */
function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\(Did you mean (?:one of )?(.+)\?\)$/s, '; did you mean $1?')
    .replaceAll('\n', ' ');
  return `preflight: ${line}\n`;
}
