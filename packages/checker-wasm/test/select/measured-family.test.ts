import { readFileSync } from 'node:fs';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type Dtype, type KernelInfo, type Problem, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { selectKernel } from '../../src/select/select-kernel.js';
import { catalog } from '../plan/kernels.js';

// The cost model of the kernels for Hopper held against what they took on an H100. Tokens there were those of all experts alike, and each
// kernel was launched with those that it takes: in order or gathered, along m or n.

interface Measured {
  readonly problem: string;
  readonly scaling: 'block-scaled' | 'per-tensor' | 'bfloat16';
  readonly experts: number;
  readonly tokensEach: number;
  /** Channels of an expert. */
  readonly n: number;
  readonly k: number;
  readonly kernel: string;
  readonly medianUs: number;
}

const results = '../../../../benchmarks/results/2026-11-25-kernels-h100/bench.jsonl';
const measured = readFileSync(new URL(results, import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Partial<Measured>)
  .filter((line): line is Measured => line.kernel !== undefined);

const checker = createCheckerSync();
const ours = catalog('preflight-sm90a');
const kernelOf = new Map(ours.map((kernel) => [kernel.functionName, kernel]));

const inputs: Readonly<Record<Measured['scaling'], Dtype>> = {
  'block-scaled': 'E4m3',
  'per-tensor': 'E4m3',
  bfloat16: 'Bfloat16',
};

/** What a kernel computed when it was measured. */
function problemOf(line: Measured, { batchMode, permuteFusion, dtypeC }: KernelInfo): Problem {
  const tokens = line.experts * line.tokensEach;
  const batchM = batchMode === 'batchM';
  return {
    batchM,
    transposeMmaOutput: !batchM,
    m: batchM ? tokens : line.n,
    n: batchM ? line.n : tokens,
    k: line.k,
    tokensPerBatch: Array<number>(line.experts).fill(line.tokensEach),
    numTokens: tokens,
    dtypeElt: inputs[line.scaling],
    dtypeC,
    blockScale: line.scaling === 'block-scaled',
    permuteFusion,
  };
}

interface Case {
  readonly name: string;
  readonly problem: Problem;
  readonly settings: { readonly dynamicBatches: boolean; readonly anyBatchMode: boolean };
  readonly microseconds: Map<string, number>;
}

/** Kernels that compute the same, by what that is; tokens may be along m and n alike. */
function casesOf(lines: readonly Measured[], anyBatchMode: boolean): readonly Case[] {
  const cases = new Map<string, Case>();
  for (const line of lines) {
    const kernel = kernelOf.get(line.kernel);
    if (kernel === undefined) throw new Error(`${line.kernel} was measured, and is in no catalog`);
    const dynamicBatches = kernel.paramsAbi === 'trtllm-gen/2';
    const name = [
      line.problem,
      anyBatchMode ? 'along m or n' : `along ${kernel.batchMode === 'batchM' ? 'm' : 'n'}`,
      ...(kernel.permuteFusion ? ['gathered'] : []),
      ...(dynamicBatches ? ['tables in device memory'] : []),
    ].join(', ');
    const found = cases.get(name) ?? {
      name,
      problem: problemOf(line, kernel),
      settings: { dynamicBatches, anyBatchMode },
      microseconds: new Map(),
    };
    found.microseconds.set(line.kernel, line.medianUs);
    cases.set(name, found);
  }
  return [...cases.values()];
}

const cases = [...casesOf(measured, false), ...casesOf(measured, true)];

const tookOf = ({ problem, settings, microseconds }: Case) => {
  const { selected } = selectKernel(checker, problem, ours, targets.h100, settings);
  const took = microseconds.get(selected?.kernel.functionName ?? '') ?? Number.NaN;
  return { took, estimate: selected?.cost.time.estimatedUs ?? Number.NaN };
};

describe('the cost model against the kernels for Hopper on an H100', () => {
  it('has cases of every scaling, along m and n, gathered and not', () => {
    const kinds = new Set(
      cases.map(({ name, problem }) => `${name.split(' ')[0]} ${problem.batchM} ${problem.permuteFusion}`),
    );
    expect(kinds.size).toBe(8);
  });

  it.each(cases)('$name: selects a kernel that is within 5 % of the fastest', (one) => {
    expect(tookOf(one).took / Math.min(...one.microseconds.values())).toBeLessThan(1.05);
  });

  it.each(cases)('$name: estimates the selected one from 35 % below to 5 % above', (one) => {
    const { took, estimate } = tookOf(one);
    expect(estimate / took).toBeGreaterThan(0.65);
    expect(estimate / took).toBeLessThan(1.05);
  });
});
