import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { escapeData, escapeProperty } from '../src/formats/github.js';
import { brokenExample, sound, soundExample } from './support/configurations.js';
import { root, run } from './support/run-main.js';
import { temporaryFile, temporaryFolder } from './support/temporary.js';

const check = async (...argv: readonly string[]) => {
  const { code, stdout } = await run(['check', ...argv, '--format', 'github']);
  return { code, lines: stdout.trimEnd().split('\n') };
};

describe('annotations of a workflow', () => {
  it('name the file, the line and column of the field at fault, and the rule', async () => {
    const { code, lines } = await check(brokenExample);
    expect(code).toBe(1);
    expect(lines).toContain(
      '::error file=examples/broken.json,line=25,col=5,title=tile-k-divides-k-slice::down projection, misconfigured: k 2000 is no multiple of tileK 128; 80 are left over%0Afix: set k to 2048',
    );
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      '::warning',
      '::error',
      '::error',
      '::error',
      '::error',
      '::notice',
      '::error',
      '1',
    ]);
    expect(lines.at(-1)).toBe('1 case: 1 cannot (5 errors, 1 adjustment, 1 note)');
  });

  it('of a sound configuration are none but notices', async () => {
    const { code, lines } = await check(soundExample);
    expect(code).toBe(0);
    expect(lines.filter((line) => /^::(error|warning)/.test(line))).toEqual([]);
  });

  it('point at lines of a file of lines, also those that are no JSON', async () => {
    const file = temporaryFile('cases.jsonl', `${JSON.stringify({ options: { ...sound, k: 2000 } })}\n{]\n`);
    const { lines } = await run(['check', 'cases.jsonl', '--format', 'github'], {
      cwd: temporaryFolder(),
    }).then(({ stdout }) => ({ lines: stdout.split('\n') }));
    expect(file).toMatch(/cases\.jsonl$/);
    expect(lines.find((line) => line.includes('tile-k-divides-k-slice'))).toMatch(
      /^::error file=cases\.jsonl,line=1,col=\d+,title=/,
    );
    expect(lines.find((line) => line.includes('invalid-input'))).toMatch(
      /^::error file=cases\.jsonl,line=2,col=1,title=invalid-input::line 2 is no JSON: column 2: /,
    );
  });

  it('of the standard input have no file', async () => {
    const stdin = JSON.stringify({ options: { ...sound, k: 2000 } });
    const { stdout } = await run(['check', '-', '--format', 'github'], { stdin });
    expect(stdout).toMatch(/^::error title=tile-k-divides-k-slice::the case: /m);
  });

  it('name a file below the working folder from there, and any other in full', async () => {
    expect((await check(`${root}/${soundExample}`)).lines[0]).toContain(`file=${soundExample},`);
    const file = temporaryFile('elsewhere.json', sound);
    expect((await check(file)).lines[0]).toContain(`file=${file},`);
  });

  it('say what --fix changed, where it stands in the file as it is now', async () => {
    const lines = [
      '{',
      '  "options": {',
      '    "batchedN": [',
      '      3, -1',
      '    ],',
      '    "clusterDimX": 2',
    ];
    const { batchedN: _, clusterDimX: __, ...others } = sound;
    const rest = Object.entries(others).map(([name, value]) => `    "${name}": ${JSON.stringify(value)}`);
    const text = `${lines.join('\n')},\n${rest.join(',\n')}\n  }\n}\n`;
    const file = temporaryFile('notices.json', text);
    const fixed = await check(file, '--fix-problem');
    expect(fixed.lines.slice(0, 2)).toEqual([
      `::notice file=${file},line=4,col=5,title=fixed cluster-xy-is-one::notices.json: clusterDimX 2 → 1`,
      `::notice file=${file},line=3,col=5,title=fixed batch-sizes-not-negative::notices.json: batchedN [3, -1] → [3, 0]`,
    ]);
    expect(readFileSync(file, 'utf8').split('\n')[3]).toBe('    "clusterDimX": 1,');
  });

  it('cannot be forged by what a case holds', async () => {
    const name = 'x\n::error file=a,line=1::100%, or: so';
    const file = temporaryFile('forged.json', { name, options: { ...sound, 'k\r\n::warning::,:%': 1 } });
    const { lines } = await check(file);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /::x%0A::error file=a,line=1::100%25, or: so: there is no option "k\\r\\n::warning::,:%25"/,
    );
  });
});

describe('escaping', () => {
  it('keeps data on its line', () => {
    expect(escapeData('100%\r\nnext: a, b')).toBe('100%25%0D%0Anext: a, b');
  });

  it('keeps properties apart', () => {
    expect(escapeProperty('C:\\a,b %\n')).toBe('C%3A\\a%2Cb %25%0A');
  });

  it('of % comes first, so that it does not escape escapes', () => {
    expect(escapeData('%0A')).toBe('%250A');
  });
});
