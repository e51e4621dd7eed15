import { readFileSync } from 'node:fs';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type Problem, type ProblemFile, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { selectKernel } from '../../src/select/select-kernel.js';
import { tileKernels } from '../plan/kernels.js';

// The cost model of the kernels with a CTA for each tile, held against what was measured on an H100.

interface KernelTimes {
  readonly rows: readonly {
    readonly m: number;
    readonly k: number;
    readonly tokensPerBatch: 'example' | { readonly batches: number; readonly tokens: number };
    readonly microsecondsByTileN: Readonly<Record<string, number>>;
  }[];
}

const json = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8'));
const { rows } = json('benchmarks/results/2026-11-23-h100/kernel-times.json') as KernelTimes;
const example = json('examples/qwen3-30b-a3b-moe.json') as ProblemFile;

/** Shorter launches than this were measured too roughly to compare: see the file. */
const comparableFromUs = 20;

const cases = rows
  .map(({ m, k, tokensPerBatch: given, microsecondsByTileN }) => {
    const tokensPerBatch =
      given === 'example' ? (example.tokensPerBatch ?? []) : Array<number>(given.batches).fill(given.tokens);
    const n = Math.max(
      64,
      tokensPerBatch.reduce((sum, count) => sum + count, 0),
    );
    const types = { dtypeElt: 'E4m3', dtypeC: 'Bfloat16' } as const;
    const problem: Problem = { batchM: false, transposeMmaOutput: true, m, n, k, tokensPerBatch, ...types };
    const name = given === 'example' ? given : `${given.batches} × ${given.tokens} tokens`;
    return { name: `m ${m}, k ${k}, ${name}`, problem, measured: microsecondsByTileN };
  })
  .filter(({ measured }) => Math.min(...Object.values(measured)) >= comparableFromUs);

const checker = createCheckerSync();

describe('the cost model against an H100', () => {
  it('has cases to compare', () => {
    expect(cases.length).toBeGreaterThanOrEqual(20);
  });

  it.each(cases)('$name: selects a kernel that is within 5 % of the fastest', ({ problem, measured }) => {
    const { selected } = selectKernel(checker, problem, tileKernels(), targets.h100);
    const took = measured[String(selected?.kernel.tileN)] ?? Number.NaN;
    expect(took / Math.min(...Object.values(measured))).toBeLessThan(1.05);
  });

  it.each(cases)(
    '$name: estimates the selected one from 30 % below to 8 % above',
    ({ problem, measured }) => {
      const { selected } = selectKernel(checker, problem, tileKernels(), targets.h100);
      const took = measured[String(selected?.kernel.tileN)] ?? Number.NaN;
      const ratio = (selected?.cost.time.estimatedUs ?? Number.NaN) / took;
      expect(ratio).toBeGreaterThan(0.7);
      expect(ratio).toBeLessThan(1.08);
    },
  );
});
