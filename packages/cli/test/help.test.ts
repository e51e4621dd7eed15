import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from './support/run-main.js';

describe('help', () => {
  it('lists the commands', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const command of [
      'check',
      'diff',
      'explain',
      'import',
      'inspect',
      'kernels',
      'plan',
      'run',
      'search',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    }
  });

  it.each(['check', 'diff', 'explain', 'import', 'inspect', 'kernels', 'plan', 'search'])(
    'of %s shows two to four examples that parse',
    async (command) => {
      const { code, stdout } = await run([command, '--help']);
      expect(code).toBe(0);
      const examples = [...stdout.matchAll(/^ {2}\$ preflight (.*)$/gm)].map(([, line = '']) => line);
      expect(examples.length).toBeGreaterThanOrEqual(2);
      expect(examples.length).toBeLessThanOrEqual(4);
      for (const example of examples) {
        // What the shell does with the rest is none of ours.
        const argv = example.replace(/ [|<>].*$/, '').split(' ');
        expect((await run(argv)).stderr).toMatch(
          /^$|cannot read (config|gemm|kernels|layer|my-kernels|space)|malformed JSON/,
        );
      }
    },
  );

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
