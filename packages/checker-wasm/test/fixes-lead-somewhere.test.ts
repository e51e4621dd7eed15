import type { BatchedGemmOptions, RuleSetName, TargetName } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { applyFix, createCheckerSync } from '../src/index.js';
import { dsfp8, dsfp8BatchM, fp8, fp8BatchM } from './configurations.js';

const checker = createCheckerSync();

/** Values that somebody tries, one option or two at a time. */
const tried = {
  tileM: [8, 32, 128, 256, 1000],
  tileN: [2, 8, 12, 32, 64, 256],
  tileK: [32, 64, 256],
  epilogueTileM: [16, 32, 128],
  epilogueTileN: [4, 16, 64],
  mmaM: [16, 64, 128],
  mmaN: [4, 16, 64, 128],
  mmaK: [16, 64],
  numStages: [40],
  batchM: [true, false],
  transposeMmaOutput: [true, false],
  useShuffledMatrixA: [true],
  useFusedAct: [true],
  useTmaStore: [false],
  dtypeElt: ['Bfloat16', 'E2m1'],
  dtypeC: ['E4m3', 'Fp16', 'Fp32'],
  numSlicesForSplitK: [3],
  m: [100],
  n: [100],
  k: [100],
  clusterDimX: [2],
} as const;

function* variations(): Generator<Partial<BatchedGemmOptions>> {
  const changes = Object.entries(tried).flatMap(([name, values]) =>
    values.map((value) => ({ [name]: value })),
  );
  for (const [i, change] of changes.entries()) {
    yield change;
    for (const other of changes.slice(i + 1)) yield { ...change, ...other };
  }
}

/** Takes the first fix that is offered, again and again. Returns the rules that go round, if they do. */
function firstFixes(start: BatchedGemmOptions, target: TargetName, ruleSet: RuleSetName): string | undefined {
  let options = start;
  const seen = new Map<string, number>();
  const rules: string[] = [];
  for (;;) {
    const state = JSON.stringify(options);
    const before = seen.get(state);
    if (before !== undefined) return rules.slice(before).join(' → ');
    seen.set(state, rules.length);
    const wrong = checker
      .check(options, target, { ruleSet })
      .diagnostics.find(({ severity, fixes = [] }) => severity === 'error' && fixes.length > 0);
    const [fix] = wrong?.fixes ?? [];
    if (wrong === undefined || fix === undefined) return undefined;
    rules.push(wrong.rule);
    options = applyFix(options, fix);
  }
}

describe('taking the first fix of the first error, again and again', () => {
  it.each([
    ['b200', 'trtllm-gen@2025-03'],
    ['h100', 'trtllm-gen@2025-03'],
    ['h100', 'hopper-native@1'],
  ] as const)('never goes round, on %s with %s', (target, ruleSet) => {
    const loops = new Set<string>();
    for (const start of [fp8, fp8BatchM, dsfp8, dsfp8BatchM]) {
      for (const change of variations()) {
        const loop = firstFixes({ ...start, ...change }, target, ruleSet);
        if (loop !== undefined) loops.add(`${loop}, from ${JSON.stringify(change)}`);
      }
    }
    expect([...loops].slice(0, 5)).toEqual([]);
  });
});
