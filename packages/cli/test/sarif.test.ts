import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ruleCatalog, ruleSets } from '@gemm-preflight/types';
import { Ajv } from 'ajv';
import type { Log, Result } from 'sarif';
import { describe, expect, it } from 'vitest';
import { brokenExample, sound, soundExample } from './support/configurations.js';
import { root, run, type World } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

const schemaFile = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
);
// Draft 4, of which it uses nothing that draft 7 reads otherwise, but for the name of its id.
const { id: _id, $schema: _draft, ...sarifSchema } = JSON.parse(readFileSync(schemaFile, 'utf8'));
const isSarif = new Ajv({
  strict: false,
  unicodeRegExp: false,
  allErrors: true,
  formats: { uri: /^[a-z][a-z0-9+.-]*:\S*$/i, 'uri-reference': /^\S*$/, 'date-time': true },
}).compile(sarifSchema);

async function sarif(argv: readonly string[], world: World = {}): Promise<Log['runs'][number]> {
  const { stdout, stderr } = await run(['check', ...argv, '--format', 'sarif'], world);
  expect(stderr).toBe('');
  const log = JSON.parse(stdout) as Log;
  isSarif(log);
  expect(isSarif.errors ?? []).toEqual([]);
  const first = log.runs[0];
  if (first === undefined) throw new Error('no run');
  return first;
}

const resultOf = (results: readonly Result[] | undefined, rule: string): Result => {
  const result = results?.find(({ ruleId }) => ruleId === rule);
  if (result === undefined) throw new Error(`no result of ${rule}`);
  return result;
};

/** What a region of a file holds. */
function textOf(file: string, result: Result): string | undefined {
  const region = result.locations?.[0]?.physicalLocation?.region;
  const line = readFileSync(file, 'utf8').split('\n')[(region?.startLine ?? 0) - 1];
  return line?.slice((region?.startColumn ?? 1) - 1, (region?.endColumn ?? 1) - 1);
}

describe('a SARIF log', () => {
  it('of a broken configuration is valid, and has a result for each finding', async () => {
    const { results, tool } = await sarif([brokenExample]);
    expect(results?.map(({ level, ruleId }) => `${level} ${ruleId}`)).toEqual([
      'warning epilogue-tile-m',
      'error tile-k-divides-k-slice',
      'error tma-store-divides-hidden',
      'error cluster-xy-is-one',
      'error one-shot-output-dtype',
      'note num-batches',
      'error batch-sizes-not-negative',
    ]);
    for (const { ruleId, ruleIndex } of results ?? []) {
      expect(tool.driver.rules?.[ruleIndex ?? -1]?.id).toBe(ruleId);
    }
    expect(tool.driver.rules?.every(({ help }) => help?.text.includes('Why: '))).toBe(true);
  });

  it('of a sound configuration, of the standard input, of lines and of bad input is valid too', async () => {
    expect((await sarif([soundExample])).results?.every(({ level }) => level === 'note')).toBe(true);
    const stdin = JSON.stringify({ options: { ...sound, k: 2000 } });
    const { results } = await sarif(['-'], { stdin });
    expect(results?.[0]?.locations?.[0]).not.toHaveProperty('physicalLocation');
    const file = temporaryFile('bad.jsonl', 'nope\n\n{"options": 5}\n');
    expect((await sarif([file])).results?.map(({ ruleId }) => ruleId)).toEqual(
      Array(3).fill('invalid-input'),
    );
  });

  it('of every rule at once is valid', async () => {
    const { violations, soundOptions } = await import('../src/explain/violations.js');
    // Of kernels, a file of options says nothing; another rule set is another run.
    const own: readonly string[] = ruleSets['hopper-native@1'].own.map(({ name }) => name);
    const ofOptions = Object.entries(violations)
      .filter(([name, { kernel }]) => kernel === undefined && !own.includes(name))
      .map(([, violation]) => violation);
    const cases = ofOptions.map(({ change, target = 'b200' }) => ({
      target,
      options: { ...soundOptions, ...change },
    }));
    const { tool } = await sarif([temporaryFile('all.json', cases)]);
    expect(tool.driver.rules?.length).toBeGreaterThanOrEqual(ofOptions.length);
    expect(ruleCatalog.length).toBeGreaterThanOrEqual(tool.driver.rules?.length ?? 0);
  });

  it('marks the field at fault in the file, and relates the others', async () => {
    const { results } = await sarif([brokenExample]);
    const result = resultOf(results, 'tile-k-divides-k-slice');
    expect(result.locations?.[0]?.physicalLocation?.artifactLocation).toEqual({
      uri: 'examples/broken.json',
      uriBaseId: '%SRCROOT%',
    });
    expect(textOf(join(root, brokenExample), result)).toBe('"k": 2000');
    expect(result.relatedLocations?.map(({ message }) => message?.text)).toEqual([
      'tileK',
      'numSlicesForSplitK',
    ]);
  });

  it('marks the line of a file of lines', async () => {
    const line = JSON.stringify({ options: { ...sound, k: 2000 } });
    const file = temporaryFile('marked.jsonl', `${JSON.stringify({ options: sound })}\n${line}\n`);
    const result = resultOf((await sarif([file])).results, 'tile-k-divides-k-slice');
    expect(result.locations?.[0]?.physicalLocation?.region?.startLine).toBe(2);
    expect(textOf(file, result)).toBe('"k":2000');
  });

  it('has fixes that make the file right', async () => {
    const content = { target: 'b200', options: { ...sound, k: 2000, clusterDimX: 2, clusterDimY: 2 } };
    const file = temporaryFile('fixable.json', content);
    const { results } = await sarif([file]);
    let lines = readFileSync(file, 'utf8').split('\n');
    for (const rule of ['tile-k-divides-k-slice', 'cluster-xy-is-one']) {
      for (const change of resultOf(results, rule).fixes?.[0]?.artifactChanges ?? []) {
        for (const { deletedRegion: at, insertedContent } of change.replacements) {
          expect(at.startLine).toBe(at.endLine);
          lines = lines.map((line, i) =>
            i + 1 !== at.startLine
              ? line
              : line.slice(0, (at.startColumn ?? 1) - 1) +
                insertedContent?.text +
                line.slice((at.endColumn ?? 1) - 1),
          );
        }
      }
    }
    const fixed = temporaryFile('fixed.json', lines.join('\n'));
    expect((await run(['check', fixed])).code).toBe(0);
  });

  it('has what --fix changed as notifications, and regions of the file as it is now', async () => {
    const { dtypeC, ...others } = JSON.parse(readFileSync(join(root, brokenExample), 'utf8')).options;
    // On one line, where the first value becomes longer and moves all that follows it.
    const file = temporaryFile('one-line.json', JSON.stringify({ options: { dtypeC, ...others } }));
    const { results, invocations, tool } = await sarif([file, '--fix']);
    const [longer, cluster] = invocations?.[0]?.toolExecutionNotifications?.toReversed() ?? [];
    expect([longer?.message.text, cluster?.message.text]).toEqual([
      'one-line.json: fixed one-shot-output-dtype: dtypeC E4m3 → Bfloat16',
      'one-line.json: fixed cluster-xy-is-one: clusterDimX 2 → 1',
    ]);
    expect(cluster).toMatchObject({
      level: 'note',
      associatedRule: { id: 'cluster-xy-is-one' },
      properties: { changes: [{ field: 'clusterDimX', from: 2, to: 1 }] },
    });
    expect(tool.driver.rules?.[cluster?.associatedRule?.index ?? -1]?.id).toBe('cluster-xy-is-one');
    expect(textOf(file, { message: {}, locations: cluster?.locations ?? [] })).toBe('"clusterDimX":1');
    expect(textOf(file, resultOf(results, 'tile-k-divides-k-slice'))).toBe('"k":2000');
  });

  it('without --fix has no notifications', async () => {
    const { invocations } = await sarif([brokenExample]);
    expect(invocations).toEqual([{ executionSuccessful: true }]);
  });

  it('names a file with blanks, and one outside the working folder, as URIs', async () => {
    const file = temporaryFile('my file.json', sound);
    const { results } = await sarif([file]);
    const uri = results?.[0]?.locations?.[0]?.physicalLocation?.artifactLocation?.uri;
    expect(uri).toMatch(/^file:\/\/\/.*my%20file\.json$/);
  });
});
