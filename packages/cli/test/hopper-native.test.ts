import { describe, expect, it } from 'vitest';
import { soundOptions } from '../src/explain/violations.js';
import { ownKernel } from './support/kernels.js';
import { run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

// What commands say of the second rule set.

const rules = 'hopper-native@1';
const options = { ...soundOptions, mmaM: 64, epilogueTileM: 64 };

describe('hopper-native@1', () => {
  it('is asked by check --rules', async () => {
    const file = temporaryFile('layer.json', { target: 'h100', options: { ...options, numStages: 1 } });
    const { code, stdout } = await run(['check', file, '--rules', rules, '--format', 'json']);
    expect(code).toBe(1);
    const { ruleSet, diagnostics, launch } = JSON.parse(stdout);
    expect(ruleSet).toBe(rules);
    expect(diagnostics.map(({ rule }: { rule: string }) => rule)).toEqual(['pipeline-stages']);
    expect(launch).toMatchObject({ grid: { x: 132, y: 1, z: 1 }, persistentCtas: 132 });
  });

  it('is asked by a case itself, also against the default of its kernel, unless --rules says another', async () => {
    const given = { target: 'h100', ruleSet: rules, options: { ...options, numStages: 1 } };
    const asked = async (document: unknown, ...flags: readonly string[]) => {
      const file = temporaryFile('own-rules.json', document);
      const { stdout, stderr } = await run(['check', file, ...flags, '--format', 'json']);
      expect(stderr).toBe('');
      return JSON.parse(stdout);
    };
    const byFlag = await asked({ ...given, ruleSet: undefined }, '--rules', rules);
    expect(await asked(given)).toEqual(byFlag);
    expect((await asked({ ...given, kernel: ownKernel.functionName })).ruleSet).toBe(rules);
    expect((await asked(given, '--rules', 'trtllm-gen@2025-03')).ruleSet).toBe('trtllm-gen@2025-03');
    const [unknown, none] = await asked([
      { ...given, ruleSet: 'hopper-nativ@1' },
      { ...given, ruleSet: 1 },
    ]);
    expect(unknown.diagnostics[0].message).toContain(
      'there is no rule set "hopper-nativ@1"; known are trtllm-gen@2025-03, hopper-native@1; did you mean',
    );
    expect(none.diagnostics[0].message).toBe(
      'the case’s rule set is the number 1; it must be a name such as "trtllm-gen@2025-03"',
    );
  });

  it('of a case is what diff goes by', async () => {
    const given = { name: 'deep', target: 'h100', options: { ...options, numStages: 1 } };
    const old = temporaryFile('old.json', [given]);
    const now = temporaryFile('new.json', [{ ...given, ruleSet: rules }]);
    const { code, stdout } = await run(['diff', old, now]);
    expect(code).toBe(1);
    expect(stdout).toContain('pipeline-stages');
    expect(stdout).toContain('ruleSet');
  });

  it('has its own chunks of shared memory', async () => {
    const scaled = { ...options, useDeepSeekFp8: true, tileN: 8, mmaN: 8, epilogueTileN: 8 };
    const file = temporaryFile('scaled.json', { target: 'h100', options: scaled });
    const { stdout } = await run(['check', file, '--rules', rules]);
    expect(stdout).toMatch(/C +2 × 64×8 of the output\n.*token scales +24 × Fp32\n/);
  });

  it('is searched', async () => {
    const file = temporaryFile('space.json', { target: 'h100', space: { ...options, tileN: [8, 48, 64] } });
    const { code, stdout } = await run(['search', file, '--rules', rules, '--format', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ruleSet: rules, valid: 2, refused: { 'hopper-tile': 1 } });
  });

  it('can be compared with the first', async () => {
    const file = temporaryFile('layer.json', [
      { name: 'deep', target: 'h100', options: { ...options, numStages: 1 } },
    ]);
    const { code, stdout } = await run(['diff', file, '--rules', `trtllm-gen@2025-03..${rules}`]);
    expect(code).toBe(1);
    expect(stdout).toContain('pipeline-stages');
  });
});
