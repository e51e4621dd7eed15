import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import type { Io } from '../src/io.js';
import { main } from '../src/main.js';
import { sound, soundExample, unsound } from './support/configurations.js';
import { bin, runBin } from './support/run-bin.js';
import { root } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

const many = (options: unknown, lines: number) => `${JSON.stringify({ options })}\n`.repeat(lines);

/** Runs the installed command, and goes away after its first output, as `| head` does. */
async function readAndLeave(
  argv: readonly string[],
  stdin: Readable = Readable.from([]),
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...argv], { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
  // The command goes away while it is fed, which is what this is about.
  pipeline(stdin, child.stdin).catch(() => {});
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stderr };
}

describe('a reader that goes away', () => {
  it.each(['jsonl', 'pretty', 'github', 'json'])('ends check --format %s quietly', async (format) => {
    const file = temporaryFile('many.jsonl', many(sound, 5000));
    expect(await readAndLeave(['check', file, '--format', format])).toEqual({ code: 0, stderr: '' });
  });

  it('ends it with what it had found until then', async () => {
    const file = temporaryFile('unsound.jsonl', many(unsound, 5000));
    expect(await readAndLeave(['check', file, '--format', 'jsonl'])).toEqual({ code: 1, stderr: '' });
  });

  it('ends it also where the input has no end', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield many(sound, 50);
      })(),
    );
    expect(await readAndLeave(['check', '-', '--format', 'jsonl'], endless)).toEqual({ code: 0, stderr: '' });
  });

  it('ends the help quietly', async () => {
    expect(await readAndLeave(['--help'])).toEqual({ code: 0, stderr: '' });
  });
});

describe('an output that cannot be written', () => {
  it.skipIf(!existsSync('/dev/full'))('gets one line', () => {
    const full = openSync('/dev/full', 'w');
    const ran = runBin(['check', soundExample], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    expect(ran).toEqual({
      code: 2,
      stdout: '',
      stderr: 'preflight: cannot write the output: no space left\n',
    });
  });
});

describe('an error that nobody foresaw', () => {
  const failing = async (env: Io['env']) => {
    const stdout = new Writable();
    stdout.write = () => {
      throw new TypeError('out of cheese');
    };
    const stderr = new PassThrough();
    const io = { stdin: Readable.from([]), stdout, stderr, env, cwd: root, isTty: false, color: false };
    const code = await main(['check', soundExample], { ...io, columns: undefined });
    return { code, stderr: String(stderr.read()) };
  };

  it('is one line, and says how to see more', async () => {
    expect(await failing({})).toEqual({
      code: 2,
      stderr: 'preflight: TypeError: out of cheese (unexpected; PREFLIGHT_TRACE=1 shows where)\n',
    });
  });

  it('comes with its stack where PREFLIGHT_TRACE asks for it', async () => {
    expect((await failing({ PREFLIGHT_TRACE: '1' })).stderr).toMatch(/^TypeError: out of cheese\n {4}at /);
  });
});
