import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { processIo } from '../src/io.js';
import { createProgram } from '../src/program.js';
import { run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

const program = await createProgram([], processIo(), () => {});
const commands = program.commands.map((command) => command.name());
const helpOf = async (...command: readonly string[]) => (await run([...command, '--help'])).stdout;

/** The commands that a help shows, from `preflight` on. */
function examplesIn(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}\$ .*?\bpreflight (.*)$/gm)].map(([, line = '']) => line);
}

describe('help', () => {
  it('lists the commands in the order in which one meets them', async () => {
    const listed = [...(await helpOf()).matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name);
    expect(listed).toEqual([
      'check',
      'explain',
      'search',
      'kernels',
      'plan',
      'run',
      'bench',
      'inspect',
      'import',
      'diff',
    ]);
    expect(listed).toEqual(commands);
  });

  it.each([[], ...commands.map((name) => [name])])(
    'of preflight %s shows examples that parse',
    async (...path) => {
      const examples = examplesIn(await helpOf(...path));
      expect(examples.length).toBeGreaterThanOrEqual(2);
      expect(examples.length).toBeLessThanOrEqual(9);
      for (const example of examples) {
        // What the shell does with the rest is none of ours; and a run that has a file would run.
        const argv = example.replace(/ [|<>].*$/, '').split(' ');
        if (argv[0] === 'run' && argv[1]?.startsWith('examples/')) continue;
        // So would a benchmark of default shapes, where there is a GPU.
        if (argv[0] === 'bench' && !argv.includes('--problem')) continue;
        expect((await run(argv)).stderr).toMatch(
          /^$|cannot read (config|gemm|kernels|layer|my-kernels|space)|malformed JSON/,
        );
      }
    },
  );

  it.each(commands)('of %s says what its exit codes mean', async (name) => {
    expect((await helpOf(name)).replace(/\s+/g, ' ')).toMatch(/Exit code 0: .+?; (1: .+?; )?2: /);
  });

  it.each([[], ...commands.map((name) => [name])])(
    'of preflight %s fits a terminal of 80 columns',
    async (...path) => {
      const { stdout } = await run([...path, '--help'], { columns: 80, env: { NO_COLOR: '1' } });
      // An example is to be copied in one piece.
      const lines = stdout.split('\n').filter((line) => !/^ {2}[$#]/.test(line));
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it.each(['kernels', 'plan', 'run', 'bench'])(
    'of %s shows a file of problems, which can be planned',
    async (name) => {
      const [, shown = ''] = (await helpOf(name)).match(/^A file of problems:\n((?: {2}.*\n)+)\n/m) ?? [];
      const file = temporaryFile('shown.json', shown);
      expect(await run(['plan', file])).toMatchObject({ code: 0, stderr: '' });
    },
  );

  it('of check shows how to get a configuration to start from', async () => {
    const [, name = ''] =
      (await helpOf('check')).match(/explain (\S+) --format json \| jq .example.right.options/) ?? [];
    const { example } = JSON.parse((await run(['explain', name, '--format', 'json'])).stdout);
    expect((await run(['check', temporaryFile('start.json', example.right.options)])).code).toBe(0);
  });

  it('goes to the error output where no command is given, which is a mistake', async () => {
    const { code, stdout, stderr } = await run([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: preflight /);
  });

  it('says in check what --target does to the cases’ own', async () => {
    const text = (await run(['check', '--help'])).stdout.replace(/\s+/g, ' ');
    expect(text).toContain('the GPU to check for, whatever the cases say; default: their own, else b200');
  });
});

describe('--version', () => {
  it('is the package’s', async () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });
});
