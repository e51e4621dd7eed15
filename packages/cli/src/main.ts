import { CommanderError } from 'commander';
import { type Io, OutputClosed, processIo } from './io.js';
import { createProgram } from './program.js';
import { exitCodes, UserError } from './user-error.js';
import { visible } from './visible.js';

/**
 * Runs the command line. Errors, the user's and our own, are printed as one line.
 * @param argv the arguments, without the program
 * @returns the exit code
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  let exitCode: number = exitCodes.ok;
  // A reader that goes away makes writes fail after they returned. The listeners stay: so may failures.
  let writeFault: Error | undefined;
  io.stdout.on('error', (error) => {
    writeFault ??= error;
  });
  io.stderr.on('error', () => {});
  try {
    const program = createProgram(io, (code) => {
      exitCode = code;
    });
    await program.parseAsync([...argv], { from: 'user' });
    await written(io);
  } catch (error) {
    exitCode = report(error, exitCode, io);
  }
  return writeFault === undefined ? exitCode : report(writeFault, exitCode, io);
}

/** Waits until the output has been taken, or refused. */
function written({ stdout }: Io): Promise<void> {
  return new Promise((resolve) => {
    if (stdout.destroyed || stdout.errored) resolve();
    else stdout.write('', () => setImmediate(resolve));
  });
}

/** Prints an error, unless there is nobody to tell. Returns the exit code. */
function report(error: unknown, exitCode: number, io: Io): number {
  // Commander has printed its line, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof OutputClosed || codeOf(error) === 'EPIPE') return exitCode;
  const line = error instanceof UserError ? error.message : unexpected(error);
  io.stderr.write(`preflight: ${visible(line)}\n`);
  const wantsTrace = !(error instanceof UserError) && io.env['PREFLIGHT_TRACE'] === '1';
  if (wantsTrace && error instanceof Error) io.stderr.write(`${error.stack}\n`);
  return error instanceof UserError ? error.exitCode : exitCodes.usage;
}

function unexpected(error: unknown): string {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (codeOf(error) === 'ENOSPC') return `cannot write the output: no space left`;
  return `${what} (unexpected; PREFLIGHT_TRACE=1 shows where)`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
