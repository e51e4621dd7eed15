import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** The outside world as a command sees it. Tests bring their own. */
export interface Io {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** A person reads the output as it comes. */
  readonly isTty: boolean;
  /** Print in colour. */
  readonly color: boolean;
  /** Width of the terminal; undefined where the output is none, and lines may be as long as they are. */
  readonly columns: number | undefined;
  /** Width of the terminal that the error output goes to, for progress; absent where that is none. */
  readonly errorColumns?: number | undefined;
}

/** The io of this process. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  return {
    stdin,
    stdout,
    stderr,
    env,
    cwd: process.cwd(),
    isTty: stdout.isTTY === true,
    color: wantsColor(stdout.isTTY === true, env),
    columns: stdout.isTTY ? stdout.columns : undefined,
    errorColumns: stderr.isTTY ? stderr.columns : undefined,
  };
}

/** Whether to print in colour: on terminals, unless NO_COLOR (https://no-color.org) or FORCE_COLOR say otherwise. */
export function wantsColor(isTty: boolean, env: Io['env']): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return isTty && env['TERM'] !== 'dumb';
}

/** The reader of the output went away, as `| head` does. No error: there is nobody to tell. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/**
 * Prints to the output, and waits while the reader is slower than we are.
 * @throws {OutputClosed} when nobody reads any more
 */
export async function print(io: Io, text: string): Promise<void> {
  const { stdout } = io;
  if (text === '') return;
  if (stdout.destroyed || stdout.errored) throw new OutputClosed();
  if (stdout.write(text)) return;
  // `close` without `drain` is a reader that went away: the next print finds the stream destroyed.
  const waiting = new AbortController();
  const options = { signal: waiting.signal };
  const settled = [once(stdout, 'drain', options), once(stdout, 'close', options)];
  try {
    await Promise.race(settled);
  } finally {
    waiting.abort();
    await Promise.allSettled(settled);
  }
}
