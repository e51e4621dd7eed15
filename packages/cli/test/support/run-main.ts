import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { wantsColor } from '../../src/io.js';
import { main } from '../../src/main.js';

/** The repository's root: paths in tests start there. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** What a command came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The world around a command. */
export interface World {
  readonly stdin?: string | Readable;
  /** Print for a terminal of so many columns. */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs the command line in this process. */
export async function run(argv: readonly string[], world: World = {}): Promise<Ran> {
  const { stdin = '', columns, env = {}, cwd = root } = world;
  const stdout = new Collector();
  const stderr = new Collector();
  const isTty = columns !== undefined;
  const code = await main(argv, {
    stdin: typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin,
    stdout,
    stderr,
    env,
    cwd,
    isTty,
    color: wantsColor(isTty, env),
    columns,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
