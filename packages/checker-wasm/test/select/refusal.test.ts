import { type KernelInfo, type Problem, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { type MismatchKind, mismatches } from '../../src/select/refusal.js';
import { fp8 } from '../configurations.js';
import { kernelOf } from '../plan/kernels.js';

const kernel = kernelOf(fp8);

const problem: Problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 1536,
  n: 256,
  k: 2048,
  tokensPerBatch: [5, 0, 17, 8],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
};

describe('mismatches', () => {
  const { b200, b300, h100 } = targets;

  const arch = (message: string) => ({ kind: 'arch', message });

  it('of a kernel that fits are none', () => {
    expect(mismatches(kernel, problem, b200)).toEqual([]);
    const dsKernel = { ...kernel, blockScale: true, permuteFusion: true };
    expect(mismatches(dsKernel, { ...problem, blockScale: true, permuteFusion: true }, b200)).toEqual([]);
    const batchM = kernelOf({ ...fp8, batchM: true, transposeMmaOutput: false });
    expect(mismatches(batchM, { ...problem, batchM: true, transposeMmaOutput: false }, b200)).toEqual([]);
  });

  it.each<[MismatchKind, Partial<KernelInfo>, Partial<Problem>, string]>([
    ['batch-mode', { batchMode: 'batchM' }, {}, 'batchM, where the problem is batchN'],
    ['batch-mode', {}, { batchM: true }, 'batchN, where the problem is batchM'],
    [
      'output-layout',
      {},
      { transposeMmaOutput: false },
      'writes transposed output, where the problem wants the other',
    ],
    [
      'output-layout',
      { transposeMmaOutput: false },
      {},
      'writes row-major output, where the problem wants the other',
    ],
    ['input-dtype', { dtypeElt: 'Fp16' }, {}, 'takes Fp16 inputs, where the problem has E4m3'],
    ['input-dtype', {}, { dtypeElt: 'E2m1' }, 'takes E4m3 inputs, where the problem has E2m1'],
    ['output-dtype', { dtypeC: 'Fp16' }, {}, 'writes Fp16, where the problem wants Bfloat16'],
    ['output-dtype', {}, { dtypeC: 'E4m3' }, 'writes Bfloat16, where the problem wants E4m3'],
    ['block-scale', { blockScale: true }, {}, 'needs DeepSeek block scales, which the problem has not'],
    ['block-scale', {}, { blockScale: true }, 'knows no block scales, which the problem has'],
    [
      'permute-fusion',
      { permuteFusion: true },
      {},
      'gathers tokens through a routing map, which the problem has not',
    ],
    ['permute-fusion', {}, { permuteFusion: true }, 'cannot gather unpermuted tokens'],
  ])('name what differs: %s by %j and %j', (kind, kernelChange, problemChange, message) => {
    expect(mismatches({ ...kernel, ...kernelChange }, { ...problem, ...problemChange }, b200)).toEqual([
      { kind, message },
    ]);
  });

  const published = { paramsAbi: 'trtllm-gen/2' } as const;
  const own = { ...published, ruleSet: 'hopper-native@1' } as const;

  it.each<[string, Partial<KernelInfo>, boolean, string | undefined]>([
    ['tables by value, for a kernel that has them so', {}, false, undefined],
    ['tables by value, for a kernel that takes either', published, false, undefined],
    [
      'tables by value, for a kernel that follows pointers',
      own,
      false,
      'reads its CTA tables from device memory alone',
    ],
    ['tables in device memory, for a kernel without pointers', {}, true, 'takes its CTA tables by value'],
    ['tables in device memory, for a kernel that takes either', published, true, undefined],
    ['tables in device memory, for a kernel that follows pointers', own, true, undefined],
  ])('know %s', (_, change, dynamicBatches, start) => {
    const found = mismatches({ ...kernel, ...change }, problem, b200, dynamicBatches);
    expect(found.map(({ kind }) => kind)).toEqual(start === undefined ? [] : ['cta-tables']);
    expect(found[0]?.message.slice(0, start?.length)).toBe(start);
  });

  it('name the architecture: code for one compute capability runs on no other', () => {
    expect(mismatches(kernel, problem, h100)).toEqual([arch('built for sm100a, and h100 is sm90a')]);
    expect(mismatches(kernel, problem, b300)).toEqual([arch('built for sm100a, and b300 is sm103a')]);
    expect(mismatches({ ...kernel, arch: 'sm90a' }, problem, b200)).toEqual([
      arch('built for sm90a, and b200 is sm100a'),
    ]);
  });

  it('are all named, the architecture first', () => {
    const other: Partial<KernelInfo> = {
      arch: 'sm90a',
      batchMode: 'batchM',
      dtypeC: 'Fp16',
      blockScale: true,
    };
    expect(mismatches({ ...kernel, ...other }, problem, b200).map(({ message }) => message)).toEqual([
      'built for sm90a, and b200 is sm100a',
      'batchM, where the problem is batchN',
      'writes Fp16, where the problem wants Bfloat16',
      'needs DeepSeek block scales, which the problem has not',
    ]);
  });
});
