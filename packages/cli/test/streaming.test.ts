import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { main } from '../src/main.js';
import { sound } from './support/configurations.js';
import { bin } from './support/run-bin.js';
import { run } from './support/run-main.js';

const lines = 100_000;

function* manyLines(): Generator<string> {
  const text = JSON.stringify({ target: 'b200', options: { ...sound, numTokens: 4_294_967 } });
  for (let i = 0; i < lines; i++) yield `${text.replace('4294967', String(i))}\n`;
}

describe('100,000 lines', () => {
  it('are checked in order within a heap of 64 MiB, however slowly the results are read', async () => {
    const child = spawn(
      process.execPath,
      ['--max-old-space-size=64', bin, 'check', '-', '--format', 'jsonl'],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const exited = new Promise((resolve) => child.on('exit', resolve));
    const fed = pipeline(Readable.from(manyLines()), child.stdin);
    let next = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const tokens = /"numTokens":(\d+)/.exec(line)?.[1];
      if (tokens !== String(next)) throw new Error(`line ${next} is ${line.slice(0, 200)}`);
      next++;
      // Falls behind now and then, so that the command has to wait for its reader.
      if (next % 10_000 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await fed;
    expect(await exited).toBe(0);
    expect(next).toBe(lines);
  }, 120_000);
});

describe('a slow reader', () => {
  it('is waited for: what it has not taken stays within a few chunks', async () => {
    let most = 0;
    let taken = 0;
    const stdout = new Writable({
      highWaterMark: 1 << 16,
      write(chunk: Buffer, _encoding, done) {
        most = Math.max(most, stdout.writableLength);
        taken += chunk.toString().split('\n').length - 1;
        setImmediate(done);
      },
    });
    const line = `${JSON.stringify({ options: sound })}\n`;
    const chunk = Buffer.from(line.repeat(64));
    const stdin = Readable.from(Array.from({ length: 100 }, () => chunk));
    const stderr = new PassThrough();
    const io = { stdin, stdout, stderr, env: {}, cwd: '/', isTty: false, color: false, columns: undefined };
    expect(await main(['check', '-', '--format', 'jsonl'], io)).toBe(0);
    expect(taken).toBe(6400);
    expect(most).toBeLessThan(4 * (1 << 16));
  });
});

describe('lines', () => {
  const resultsOf = async (stdin: string | Readable) => {
    const { code, stdout, stderr } = await run(['check', '-', '--format', 'jsonl'], { stdin });
    expect(stderr).toBe('');
    const results = stdout.split('\n').filter((line) => line !== '');
    return { code, results: results.map((line) => JSON.parse(line)) };
  };
  const good = JSON.stringify({ options: sound });

  it('may end in CR LF, and the last in nothing', async () => {
    const { code, results } = await resultsOf(`${good}\r\n${good}`);
    expect(results.map(({ ok }) => ok)).toEqual([true, true]);
    expect(code).toBe(0);
  });

  it('may come in pieces that cut characters apart', async () => {
    const bytes = Buffer.from(`${JSON.stringify({ name: 'Größe ×', options: sound })}\n`);
    const pieces = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    const { code, results } = await resultsOf(Readable.from(pieces, { objectMode: false }));
    expect(results).toHaveLength(1);
    expect(code).toBe(0);
  });

  it('each get a result: what is no JSON, and what lacks a field, does not stop the others', async () => {
    const { code, results } = await resultsOf(`${good}\n{"options": {"tileM": }}\n{}\n${good}\n`);
    expect(code).toBe(1);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, false, true]);
    expect(results[1]).toEqual({
      ok: false,
      ruleSet: 'trtllm-gen@2025-03',
      diagnostics: [
        {
          rule: 'invalid-input',
          severity: 'error',
          message: 'line 2 is no JSON: column 23: a value is expected',
          fields: [],
        },
      ],
      options: null,
      sharedMemory: null,
      launch: null,
    });
  });

  it('that are blank count, so that a result belongs to the line of its number; but not at the end', async () => {
    const { results } = await resultsOf(`${good}\n\n  \n${good}\n\n\n`);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, false, true]);
    expect(results[2].diagnostics[0].message).toBe('line 3 is blank');
  });

  it('are none in an empty input', async () => {
    expect(await resultsOf('')).toEqual({ code: 0, results: [] });
  });

  it('get one result each, whatever they hold', async () => {
    const option = fc.constantFrom(...Object.keys(sound));
    const bent = fc
      .tuple(option, fc.jsonValue())
      .map(([name, value]) => ({ options: { ...sound, [name]: value } }));
    const around = fc.dictionary(
      fc.constantFrom('name', 'target', 'options', '$schema', 'x'),
      fc.jsonValue(),
    );
    const line = fc.oneof(bent, around, fc.jsonValue()).map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            line,
            fc.string().map((text) => `x${text.replaceAll('\n', '')}`),
          ),
        ),
        async (texts) => {
          const { code, results } = await resultsOf(`${texts.join('\n')}\n`);
          expect(results).toHaveLength(texts.length);
          expect(code).toBe(results.every(({ ok }) => ok) ? 0 : 1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('that nest too deeply are refused: what writes results could not write them', async () => {
    const deep = `{"options": {"k": ${'['.repeat(200_000)}${']'.repeat(200_000)}}}`;
    const { results } = await resultsOf(`${deep}\n${good}\n`);
    expect(results.map(({ ok }) => ok)).toEqual([false, true]);
    expect(results[0].diagnostics[0].message).toBe(
      'line 1 is no JSON: column 1: values are nested more than 64 deep',
    );
  });

  it('that are too long to be a case are refused without being kept', async () => {
    const long = Readable.from(
      (function* () {
        for (let i = 0; i < 33; i++) yield Buffer.alloc(1 << 19, 'x');
        yield Buffer.from(`\n${good}\n`);
      })(),
    );
    const { results } = await resultsOf(long);
    expect(results.map(({ ok }) => ok)).toEqual([false, true]);
    expect(results[0].diagnostics[0].message).toBe('line 1 has more than 16777216 characters');
  });
});
