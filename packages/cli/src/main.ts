import { CommanderError } from 'commander';
import { type Io, OutputClosed, processIo } from './io.js';
import { createProgram } from './program.js';
import { exitCodes, UserError } from './user-error.js';
import { visible } from './visible.js';

export type { Io } from './io.js';

/**
 * Runs the command line. Errors, the user's and our own, are printed as one line.
 * @param argv the arguments, without the program
 * @returns the exit code
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  let exitCode: number = exitCodes.ok;
  let fault: unknown;
  // A reader that goes away makes writes fail after they returned. The listeners stay, for so may the failures.
  io.stdout.on('error', (error) => {
    fault ??= error;
  });
  io.stderr.on('error', () => {});
  try {
    const program = await createProgram(argv, io, (code) => {
      exitCode = code;
    });
    await program.parseAsync([...argv], { from: 'user' });
    await taken(io);
  } catch (error) {
    fault ??= error;
  }
  return fault === undefined ? exitCode : report(fault, exitCode, io);
}

/** Waits until the output has been taken, or refused. */
function taken({ stdout }: Io): Promise<void> {
  return new Promise((resolve) => {
    if (stdout.destroyed || stdout.errored) resolve();
    else stdout.write('', () => setImmediate(resolve));
  });
}

/**
 * Prints an error, unless there is nobody to tell.
 * @param exitCode what the command came to before
 * @returns the exit code
 */
function report(error: unknown, exitCode: number, io: Io): number {
  // Commander has printed its line, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (error instanceof OutputClosed || code === 'EPIPE') return exitCode;
  if (error instanceof UserError) return fail(error.message, error.exitCode, io);
  if (code === 'ENOSPC') return fail('cannot write the output: no space left', exitCodes.usage, io);

  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (io.env['PREFLIGHT_TRACE'] !== '1') {
    return fail(`${what} (unexpected; PREFLIGHT_TRACE=1 shows where)`, exitCodes.usage, io);
  }
  io.stderr.write(`${error instanceof Error ? error.stack : what}\n`);
  return exitCodes.usage;
}

function fail(line: string, exitCode: number, io: Io): number {
  io.stderr.write(`preflight: ${visible(line)}\n`);
  return exitCode;
}
