import { describe, expect, it } from 'vitest';
import { brokenExample, problemExample, sound, soundExample } from './support/configurations.js';
import { ownCatalog as catalog } from './support/kernels.js';
import { type Ran, run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

function expectOneLine(ran: Ran, line: string): void {
  expect(ran).toEqual({ code: 2, stdout: '', stderr: `preflight: ${line}\n` });
}

describe('a file of another kind is told which command takes it:', () => {
  const space = 'examples/search-b200-moe.json';
  const bareSpace = temporaryFile('bare-space.json', { ...sound, tileN: { from: 8, to: 64, step: 8 } });
  const problems = `${problemExample} is a file of problems`;
  const kernels = `${catalog} is a catalog of kernels`;
  const measurements = temporaryFile('measurements.json', { version: 1, measurements: [] });
  const times = `${measurements} is a file of measurements`;
  const takesTimes = `preflight run --measurements ${measurements} takes it`;
  const broken = `${brokenExample} is a configuration to check`;
  const list = temporaryFile('cases.json', [{ options: sound }]);
  const takesSpace = `preflight search ${space} takes it`;
  const takesProblems = `preflight plan ${problemExample} takes it`;
  const takesKernels = `preflight kernels --catalog ${catalog} takes it`;
  const notCase = 'where a configuration to check is expected';
  const notProblems = 'where a file of problems is expected';
  const notCatalog = 'where a catalog of kernels is expected';

  it.each<readonly [readonly string[], string]>([
    [['check', problemExample], `${problems}, ${notCase}; ${takesProblems}`],
    [['check', catalog], `${kernels}, ${notCase}; ${takesKernels}`],
    [['check', space], `${space} is a search space, ${notCase}; ${takesSpace}`],
    [
      ['check', bareSpace],
      `${bareSpace} is a search space, ${notCase}; preflight search ${bareSpace} takes it`,
    ],
    [['diff', space, space], `${space} is a search space, ${notCase}; ${takesSpace}`],
    [['diff', soundExample, problemExample], `${problems}, ${notCase}; ${takesProblems}`],
    [['plan', brokenExample], `${broken}, ${notProblems}; preflight check ${brokenExample} takes it`],
    [['plan', list], `${list} is a configuration to check, ${notProblems}; preflight check ${list} takes it`],
    [['plan', catalog], `${kernels}, ${notProblems}; ${takesKernels}`],
    [['run', space], `${space} is a search space, ${notProblems}; ${takesSpace}`],
    [['kernels', '--problem', space], `${space} is a search space, ${notProblems}; ${takesSpace}`],
    [['plan', measurements], `${times}, ${notProblems}; ${takesTimes}`],
    [
      ['kernels', '--problem', problemExample, '--measurements', catalog],
      `${kernels}, where a file of measurements is expected; ${takesKernels}`,
    ],
    [['bench', '--problem', measurements], `${times}, ${notProblems}; ${takesTimes}`],
    [['kernels', '--catalog', space], `${space} is a search space, ${notCatalog}; ${takesSpace}`],
    [['kernels', '--catalog', problemExample], `${problems}, ${notCatalog}; ${takesProblems}`],
    [
      ['kernels', '--catalog', brokenExample],
      `${broken}, ${notCatalog}; preflight check ${brokenExample} takes it`,
    ],
  ])('%s', async (argv, line) => {
    expectOneLine(await run(argv), line);
  });

  it('on the standard input, whose name is no path', async () => {
    const stdin = JSON.stringify({ problems: [] });
    const line = `the standard input is a file of problems, ${notCase}; preflight plan FILE takes it`;
    expectOneLine(await run(['check', '-'], { stdin }), line);
  });

  it('in a line among cases, which are checked all the same', async () => {
    const lines = [{ space: { tileM: [64, 128] } }, { options: sound }].map((line) => JSON.stringify(line));
    const { code, stdout } = await run(['check', '-', '--format', 'jsonl'], { stdin: lines.join('\n') });
    const [first, second] = stdout.split('\n').map((line) => line && JSON.parse(line));
    expect([code, second.ok]).toEqual([1, true]);
    expect(first.diagnostics.map(({ message }: { message: string }) => message)).toEqual([
      'a case is an object such as {"target": "b200", "options": {…}}, and this is a search space',
    ]);
  });
});
