import { ruleSetNames, defaultRuleSet as rules } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { brokenExample, problemExample, soundExample } from '../support/configurations.js';
import { ownCatalog as catalog, ownKernel } from '../support/kernels.js';
import { run } from '../support/run-main.js';
import { temporaryFile } from '../support/temporary.js';

const known = ruleSetNames.join(', ');

describe('a question that makes no sense gets one line, and exit code 2:', () => {
  const broken = temporaryFile('broken.json', '{\n  "options": ,\n}');
  const lineOfBatchMode = 4 + Object.keys(ownKernel).indexOf('batchMode');
  const misspelt = temporaryFile('kernels.json', { kernels: [{ ...ownKernel, batchMode: 'batchK' }] });

  it.each<readonly [string, readonly string[], string]>([
    ['no file', [], `missing required argument 'old'`],
    [
      'one file without rule sets',
      [soundExample],
      'one file is compared under two rule sets: give --rules A..B, or a second file',
    ],
    [
      'the standard input twice',
      ['-', '-'],
      'the standard input can be one side of the comparison, not both',
    ],
    ['a missing file', [soundExample, 'no.json'], 'cannot read no.json: there is no such file'],
    ['malformed JSON, old', [broken, soundExample], `${broken}:2:14: malformed JSON: a value is expected`],
    ['malformed JSON, new', [soundExample, broken], `${broken}:2:14: malformed JSON: a value is expected`],
    [
      'a wrong catalog entry',
      [catalog, misspelt],
      `${misspelt}:${lineOfBatchMode}:20: kernels[0].batchMode is "batchK", which is none of batchM, batchN; did you mean "batchM"?`,
    ],
    [
      'options and kernels',
      [soundExample, catalog],
      `${soundExample} holds options, and ${catalog} is a catalog of kernels; both have to be of one kind`,
    ],
    [
      'problems for options',
      [soundExample, brokenExample, '--problem', problemExample],
      `--problem is for catalogs of kernels; the options of ${soundExample} hold their own sizes`,
    ],
    [
      'a catalog of kernels for kernels',
      [catalog, catalog, '--catalog', catalog],
      `--catalog is for options that name kernels; ${catalog} is a catalog itself`,
    ],
    [
      'half a pair of rule sets',
      [soundExample, '--rules', `${rules}..`],
      `--rules is "${rules}.."; it must be a rule set, or two as A..B; known are ${known}`,
    ],
    [
      'three rule sets',
      [soundExample, '--rules', `${rules}..${rules}..${rules}`],
      `--rules is "${rules}..${rules}..${rules}"; it must be a rule set, or two as A..B; known are ${known}`,
    ],
    [
      'a misspelt rule set',
      [soundExample, '--rules', `${rules}..trtllm-gen@2025-3`],
      `there is no rule set "trtllm-gen@2025-3"; known are ${known}; did you mean "${rules}"?`,
    ],
  ])('%s', async (_what, argv, line) => {
    expect(await run(['diff', ...argv])).toEqual({ code: 2, stdout: '', stderr: `preflight: ${line}\n` });
  });
});
