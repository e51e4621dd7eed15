import { describe, expect, it } from 'vitest';
import { soundOptions } from '../src/explain/violations.js';
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
