import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { sound } from './support/configurations.js';
import { runBin } from './support/run-bin.js';
import { type Ran, run, type World } from './support/run-main.js';
import { temporaryFile, temporaryFolder } from './support/temporary.js';

/** Exactly this line on the error output, nothing on the other, and exit code 2. */
function expectOneLine({ code, stdout, stderr }: Ran, line: string): void {
  expect(stdout).toBe('');
  expect(code).toBe(2);
  expect(stderr).toBe(`preflight: ${line}\n`);
}

describe('a command line that makes no sense gets one line, and exit code 2:', () => {
  const targets = 'h100, h100-pcie, h200, h20, gh200, b200, gb200, b300, gb300';
  it.each<readonly [string, readonly string[], string]>([
    ['a misspelt command', ['chekc', 'x'], `unknown command 'chekc'; did you mean check?`],
    ['an unknown command', ['fly'], `unknown command 'fly'`],
    [
      'a misspelt option',
      ['check', 'x', '--formt', 'json'],
      `unknown option '--formt'; did you mean --format?`,
    ],
    ['an option without its value', ['check', 'x', '--target'], `option '--target <name>' argument missing`],
    ['no file', ['check'], `missing required argument 'file'`],
    [
      'a file without its option',
      ['kernels', 'x.json'],
      'kernels takes files by option: --catalog x.json, or --problem x.json',
    ],
    ['two files', ['check', 'a', 'b'], `too many arguments for 'check'. Expected 1 argument but got 2.`],
    [
      'a misspelt target',
      ['check', 'x', '--target', 'b2oo'],
      `there is no target "b2oo"; known are ${targets}`,
    ],
    [
      'a near target',
      ['plan', 'x', '--target', 'B200'],
      `there is no target "B200"; known are ${targets}; did you mean "b200"?`,
    ],
    [
      'a misspelt rule set',
      ['check', 'x', '--rules', 'trtllm-gen@2025-3'],
      `there is no rule set "trtllm-gen@2025-3"; known are trtllm-gen@2025-03, hopper-native@1; did you mean "trtllm-gen@2025-03"?`,
    ],
    [
      'a misspelt format',
      ['check', 'x', '--format', 'sarf'],
      `--format is "sarf", which is none of pretty, json, jsonl, sarif, github; did you mean "sarif"?`,
    ],
    [
      'a format of another command',
      ['plan', 'x', '--format', 'sarif'],
      `--format is "sarif", which is none of pretty, json`,
    ],
    [
      'a misspelt rule',
      ['explain', 'tile-k-divide-k-slice'],
      `there is no rule "tile-k-divide-k-slice"; did you mean "tile-k-divides-k-slice"?`,
    ],
    [
      'a part of a rule’s name',
      ['explain', 'tile-k'],
      `there is no rule "tile-k"; did you mean "tile-k-divides-k-slice", "dsfp8-tile-k" or "hopper-tile-k"?`,
    ],
    [
      'an unknown rule',
      ['explain', 'xyzzy-plugh'],
      `there is no rule "xyzzy-plugh"; preflight explain lists them all`,
    ],
  ])('%s', async (_what, argv, line) => {
    expectOneLine(await run(argv), line);
  });
});

describe('a file that cannot be read gets one line, and exit code 2:', () => {
  const commands = ['check', 'plan', 'kernels --catalog', 'kernels --problem'];
  const each = (path: string) => commands.map((command) => [...command.split(' '), path]);

  it.each(each('no/such.json'))('%s %s: missing', async (...argv) => {
    expectOneLine(await run(argv), 'cannot read no/such.json: there is no such file');
  });

  it.each(each('examples'))('%s %s: a folder', async (...argv) => {
    expectOneLine(await run(argv), 'cannot read examples: it is a folder');
  });

  it.each(each('LICENSE/x.json'))('%s %s: below a file', async (...argv) => {
    expectOneLine(await run(argv), 'cannot read LICENSE/x.json: a part of its path is no folder');
  });

  it('lines of a missing file, and of a folder', async () => {
    expectOneLine(await run(['check', 'no.jsonl']), 'cannot read no.jsonl: there is no such file');
    const folder = join(temporaryFolder(), 'folder.jsonl');
    mkdirSync(folder);
    expectOneLine(await run(['check', folder]), `cannot read ${folder}: it is a folder`);
  });

  it('links in a circle', async () => {
    const link = join(temporaryFolder(), 'circle.json');
    symlinkSync(link, link);
    expectOneLine(await run(['check', link]), `cannot read ${link}: its links go round in a circle`);
  });

  it.skipIf(process.getuid?.() === 0)('no permission', async () => {
    const file = temporaryFile('secret.json', sound);
    chmodSync(file, 0);
    expectOneLine(await run(['check', file]), `cannot read ${file}: permission denied`);
  });

  it('a name that no path can have', async () => {
    expectOneLine(await run(['check', 'a\0b']), 'cannot read a\\u0000b: that is no path');
  });

  it('bytes that are no text', async () => {
    const file = temporaryFile('kernel.cubin', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe]));
    expectOneLine(await run(['check', file]), `cannot read ${file}: it is no UTF-8 text`);
  });

  it('an input that breaks off', async () => {
    const stdin = () =>
      new Readable({
        read() {
          this.destroy(Object.assign(new Error('read failed'), { code: 'EIO' }));
        },
      });
    const line = 'cannot read the standard input: EIO';
    expectOneLine(await run(['check', '-'], { stdin: stdin() }), line);
    expectOneLine(await run(['check', '-', '--format', 'jsonl'], { stdin: stdin() }), line);
  });

  it('an empty list', async () => {
    const file = temporaryFile('none.json', []);
    expectOneLine(await run(['check', file]), `${file} is an empty list; there is no case to check`);
  });
});

describe('malformed JSON is located by line and column:', () => {
  it.each<readonly [string, string, string]>([
    ['nothing', '', '1:1: malformed JSON: there is nothing here'],
    ['blanks', ' \n ', '1:1: malformed JSON: there is nothing here'],
    ['a word', '{\n  "k": nope\n}', '2:8: malformed JSON: this is no JSON value'],
    ['a comment', '{\n  // k\n  "k": 1\n}', '2:3: malformed JSON: JSON has no comments'],
    ['a trailing comma', '{\n  "k": 1,\n}', '3:1: malformed JSON: a name in double quotes is expected'],
    ['a missing comma', '{\n  "k": 1\n  "n": 1\n}', '3:3: malformed JSON: a comma is expected'],
    ['a missing colon', '{"k" 1}', '1:6: malformed JSON: a colon is expected'],
    ['an open brace', '{"k": 1', '1:8: malformed JSON: a closing brace is expected'],
    ['an open bracket', '[1', '1:3: malformed JSON: a closing bracket is expected'],
    ['an open string', '{"k": "x', '1:7: malformed JSON: a string is not closed'],
    ['two values', '{} {}', '1:4: malformed JSON: the JSON value has ended, and more text follows'],
    ['single quotes', `{'k': 1}`, '1:2: malformed JSON: this is no JSON value'],
    ['a line end in a string', '{"k": "x\ny"}', '1:7: malformed JSON: a string is not closed'],
    ['a bad escape', '{"k": "\\x"}', '1:7: malformed JSON: there is no such escape'],
    [
      'a name given twice',
      '{\n  "k": 1,\n  "k": 2\n}',
      '3:3: malformed JSON: "k" is given twice, first at 2:3',
    ],
    [
      'a name given twice, once with an escape',
      '{"k": 1, "\\u006b": 1}',
      '1:10: malformed JSON: "k" is given twice, first at 1:2',
    ],
    [
      'a name given twice, further in',
      '[{"k": 1}, {"options": {"a\\"": ":", "b": [{}, {"k": 1, "m": 2, "k": 1}]}}]',
      '1:64: malformed JSON: "k" is given twice, first at 1:48',
    ],
    [
      '__proto__ twice',
      '{"__proto__": {}, "__proto__": {}}',
      '1:19: malformed JSON: "__proto__" is given twice, first at 1:2',
    ],
    [
      'depth without end',
      `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
      '1:1: malformed JSON: values are nested more than 64 deep',
    ],
    ['depth without end, cut off', '['.repeat(200_000), '1:1: malformed JSON: this is no JSON'],
  ])('%s', async (_what, text, line) => {
    const file = temporaryFile('malformed.json', text);
    for (const command of ['check', 'plan']) expectOneLine(await run([command, file]), `${file}:${line}`);
  });

  it('in the standard input, with a hint where it may be lines', async () => {
    const stdin = `${JSON.stringify({ options: sound })}\n${JSON.stringify({ options: sound })}\n`;
    expectOneLine(
      await run(['check', '-'], { stdin }),
      'the standard input:2:1: malformed JSON: the JSON value has ended, and more text follows; one case a line is read with --format jsonl',
    );
  });
});

describe('a problem file of the wrong shape is told the place and the path:', () => {
  const problem = {
    batchM: false,
    transposeMmaOutput: true,
    m: 1536,
    n: 64,
    k: 2048,
    tokensPerBatch: [3, 4],
    dtypeElt: 'E4m3',
    dtypeC: 'Bfloat16',
  };
  it.each<readonly [string, unknown, string]>([
    ['a list', [], '1:1: the file is []; it must be an object'],
    ['a number', 5, '1:1: the file is 5; it must be an object'],
    ['no problems', {}, '1:1: the file lacks "problems"'],
    ['an empty list of problems', { problems: [] }, '2:15: problems is empty'],
    [
      'a misspelt field',
      { problems: [{ ...problem, dtypElt: 'E4m3', dtypeElt: undefined }] },
      '14:18: problems[0] has no field "dtypElt"; did you mean "dtypeElt"? (and 1 more fault)',
    ],
    ['a missing field', { problems: [{ ...problem, k: undefined }] }, '3:5: problems[0] lacks "k"'],
    [
      'an unknown type',
      { problems: [{ ...problem, dtypeC: 'Bfloat' }] },
      '14:17: problems[0].dtypeC is "Bfloat", which is none of Bfloat16, Bool, E0m3, E2m1, E2m3, E3m2, E4m3, E5m2, Fp16, Fp32, Int8, Int32, Int64, MxE2m1, UE8m0, UInt8, UInt16, UInt32, UInt64, UInt128, Void; did you mean "Bfloat16"?',
    ],
    [
      'a string for a number',
      { problems: [{ ...problem, m: '1536' }] },
      '6:12: problems[0].m is "1536"; it must be a whole number',
    ],
    [
      'a negative number of tokens',
      { problems: [{ ...problem, tokensPerBatch: [3, -1] }] },
      '11:9: problems[0].tokensPerBatch[1] is -1; it must be at least 0',
    ],
    [
      'a size beyond 32 bits',
      { problems: [{ ...problem, k: 2 ** 40 }] },
      '8:12: problems[0].k is 1099511627776; it must be at most 2147483647',
    ],
    [
      'an unknown target',
      { target: 'b20', problems: [problem] },
      '2:13: target is "b20", which is none of h100, h100-pcie, h200, h20, gh200, b200, gb200, b300, gb300; did you mean "h20"?',
    ],
  ])('%s', async (_what, content, line) => {
    const file = temporaryFile('problems.json', content);
    expectOneLine(await run(['plan', file]), `${file}:${line}`);
  });

  it('no tokens', async () => {
    const file = temporaryFile('tokens.json', {
      problems: [problem, { ...problem, tokensPerBatch: undefined }],
    });
    expectOneLine(
      await run(['plan', file]),
      `${file}: problems[1] lacks "tokensPerBatch", and the file has none for all problems`,
    );
  });
});

describe('a case of the wrong shape gets a result with rule invalid-input:', () => {
  const messagesOf = async (value: unknown, world?: World) => {
    const ran = await run(['check', '-', '--format', 'jsonl'], {
      stdin: `${JSON.stringify(value)}\n`,
      ...world,
    });
    const { diagnostics, options, sharedMemory, launch, ok } = JSON.parse(ran.stdout);
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(1);
    expect({ ok, sharedMemory, launch }).toEqual({ ok: false, sharedMemory: null, launch: null });
    for (const { rule, severity } of diagnostics)
      expect([rule, severity]).toEqual(['invalid-input', 'error']);
    return { messages: diagnostics.map(({ message }: { message: string }) => message), options };
  };
  const shape = '{"target": "b200", "options": {…}}';

  it.each<readonly [string, unknown, readonly string[], unknown]>([
    ['null', null, [`a case is an object such as ${shape}, and this is null`], null],
    ['a number', 5, [`a case is an object such as ${shape}, and this is the number 5`], null],
    ['a list', [1], [`a case is an object such as ${shape}, and this is a list`], null],
    ['no options', { target: 'b200' }, [`"options" is missing; a case is ${shape}`], null],
    [
      'options beside the target',
      { target: 'b200', ...sound },
      [`a case keeps its options in "options": ${shape}`],
      null,
    ],
    [
      'a misspelt field',
      { optoins: sound, target: 'b200' },
      [`a case has no field "optoins"; did you mean "options"?`, `"options" is missing; a case is ${shape}`],
      null,
    ],
    ['a field too many', { options: sound, id: 7 }, ['a case has no field "id"'], sound],
    [
      'an unknown target',
      { target: 'b201', options: sound },
      [
        'there is no target "b201"; known are h100, h100-pcie, h200, h20, gh200, b200, gb200, b300, gb300; did you mean "b200"?',
      ],
      sound,
    ],
    [
      'a target that is no name',
      { target: 200, options: sound },
      ['the case’s target is the number 200; it must be a name such as "b200"'],
      sound,
    ],
    [
      'a name that is no text',
      { name: ['x'], options: sound },
      ['the case’s name is a list; it must be a text'],
      sound,
    ],
    [
      'options that are null',
      { options: null },
      ['options are null; they must be an object such as {"tileM": 128, …}'],
      null,
    ],
    [
      'options that are a list',
      { options: [] },
      ['options are a list of 0; they must be an object such as {"tileM": 128, …}'],
      [],
    ],
    [
      'an option of the wrong type',
      { options: { ...sound, k: '2048' } },
      ['k is "2048"; it must be a whole number from -2147483648 to 2147483647'],
      { ...sound, k: '2048' },
    ],
    [
      'a misspelt option',
      { options: { ...sound, tilem: 1 } },
      ['there is no option "tilem"; did you mean "tileM"?'],
      { ...sound, tilem: 1 },
    ],
    ['a missing option', { options: { ...sound, k: undefined } }, ['missing: k'], { ...sound, k: undefined }],
    [
      'a misspelt type',
      { options: { ...sound, dtypeC: 'bfloat16' } },
      [
        expect.stringMatching(
          /^dtypeC is "bfloat16", which is none of .*; did you mean "Bfloat16"\?$/,
        ) as unknown as string,
      ],
      { ...sound, dtypeC: 'bfloat16' },
    ],
  ])('%s', async (_what, value, messages, options) => {
    const found = await messagesOf(value);
    expect(found.messages).toEqual(messages);
    expect(found.options).toEqual(JSON.parse(JSON.stringify(options)));
  });

  it('everything that is wrong at once', async () => {
    const { messages } = await messagesOf({ target: 'x', options: { ...sound, k: 1.5, tilem: 1 } });
    expect(messages).toHaveLength(3);
  });

  it('and a --target does not hide the case’s misspelt one', async () => {
    const stdin = `${JSON.stringify({ target: 'b20', options: sound })}\n`;
    const { code, stdout } = await run(['check', '-', '--format', 'jsonl', '--target', 'b200'], { stdin });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).diagnostics[0].fields).toEqual(['target']);
  });
});

describe('the installed command', () => {
  it('prints an error as one line, too', () => {
    expectOneLine(runBin(['check', 'no/such.json']), 'cannot read no/such.json: there is no such file');
  });

  it('writes what a file would have the terminal obey as escapes', async () => {
    const file = temporaryFile('escape.json', {
      name: '\u001b[2Jgone',
      options: { ...sound, '\u001b]0;x\u0007': 1 },
    });
    const { stdout } = await run(['check', file], { columns: 100, env: { NO_COLOR: '1' } });
    expect(stdout).toContain('\\u001b[2Jgone');
    expect(stdout).not.toContain('\u001b');
  });
});
