import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sound, unsound } from '../support/configurations.js';
import { ownKernel, ownOptions } from '../support/kernels.js';
import { bin } from '../support/run-bin.js';
import { run } from '../support/run-main.js';
import { temporaryFile } from '../support/temporary.js';
import { fuzzing, fuzzTimeoutMs } from './runs.js';

const documents = [
  JSON.stringify({ target: 'b200', options: sound }),
  JSON.stringify({ kernel: ownKernel.functionName, options: ownOptions }),
  JSON.stringify([{ options: unsound }, sound], null, 2),
  JSON.stringify({ problems: [{ batchM: false, m: 1536, n: 64, k: 2048, tokensPerBatch: [3, 4] }] }),
  JSON.stringify({ kernels: [] }),
  JSON.stringify({ space: { numStages: { from: 2, to: 9, step: 1 }, tileN: [8, 16] }, base: sound }),
];

const bytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

/** A text with a part of it cut out, repeated, or replaced by anything. */
const bent = fc
  .record({
    text: fc.constantFrom(...documents),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(40),
    by: fc.oneof(
      fc.constantFrom(
        '',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        '\u0000',
        '\n',
        '\ufeff',
        'NaN',
        '-',
        '1e999',
        '"__proto__":{},',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    ),
    repeat: fc.boolean(),
  })
  .map(({ text, from, length, by, repeat }) => {
    const at = Math.floor(from * text.length);
    const part = text.slice(at, at + length);
    return Buffer.from(text.slice(0, at) + (repeat ? part + part : by) + text.slice(at + length));
  });

const input = fc.oneof(
  bytes,
  bent,
  fc.json().map((text) => Buffer.from(text)),
  fc.tuple(bent, bytes).map((parts) => Buffer.concat(parts)),
);
const piece = Buffer.alloc(1 << 20, 'x');
const ownOfObject = Object.getOwnPropertyNames(Object.prototype);

describe('whatever a command is given to read', () => {
  it.each([
    'check -',
    'check - --format json',
    'check - --format jsonl',
    'check - --format sarif',
    'check - --format github',
    'check FILE --fix-problem',
    'plan FILE',
    'kernels --catalog FILE',
    'search FILE',
    'search - --format json --limit 2',
  ])(
    '%s ends with a result or one line',
    async (command) => {
      await fc.assert(
        fc.asyncProperty(input, async (given) => {
          const file = temporaryFile('given.json', given);
          const words = command.split(' ').map((word) => (word === 'FILE' ? file : word));
          const { code, stdout, stderr } = await run(words, { stdin: Readable.from([given]) });
          expect([0, 1, 2]).toContain(code);
          expect(stderr).not.toContain('unexpected');
          if (code === 2) expect(stderr).toMatch(/^preflight: [^\n]+\n$/);
          else expect(stderr).toBe('');
          // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what this is for
          expect(stdout).not.toMatch(/[\u0000-\u0008\u000e-\u001f]/);
          expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(ownOfObject);
        }),
        fuzzing(25),
      );
    },
    fuzzTimeoutMs,
  );
});

describe('a line without an end', () => {
  const mebibytes = process.env['PREFLIGHT_FUZZ_RUNS'] === undefined ? 64 : 1024;
  it(
    `of ${mebibytes} MiB is refused within a heap of 64 MiB`,
    async () => {
      const child = spawn(
        process.execPath,
        ['--max-old-space-size=64', bin, 'check', '-', '--format', 'jsonl'],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      );
      const exited = once(child, 'exit');
      let stdout = '';
      child.stdout.on('data', (data) => {
        stdout += data;
      });
      await pipeline(Readable.from(Array.from({ length: mebibytes }, () => piece)), child.stdin);
      expect((await exited)[0]).toBe(1);
      expect(JSON.parse(stdout).diagnostics[0].message).toBe('line 1 has more than 16777216 characters');
    },
    fuzzTimeoutMs,
  );
});

describe('a standard input without an end', () => {
  it('is read no further than a text can be long', async () => {
    let given = 0;
    const stdin = new Readable({
      read() {
        given += 1;
        this.push(given > 10_000 ? null : piece);
      },
    });
    const { code, stderr } = await run(['check', '-'], { stdin });
    expect([code, stderr]).toEqual([
      2,
      'preflight: cannot read the standard input: it is larger than 512 MiB\n',
    ]);
    expect(given).toBeLessThan(600);
  }, 60_000);
});
