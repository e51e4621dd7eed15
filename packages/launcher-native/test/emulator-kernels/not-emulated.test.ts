import type { KernelInfo } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { emulateBatchedGemm, whyNotEmulated } from '../../src/emulator/kernels/index.js';
import { deepSeek, gemmCase, perTensor } from './gemm-case.js';

const { kernel } = gemmCase({ ...perTensor, tokens: [1] });
const deepSeekKernel = gemmCase({ ...deepSeek, tokens: [1] }).kernel;

describe('a kernel that cannot be emulated', () => {
  it.each<[string, KernelInfo]>([
    ['inputs of type E2m1', { ...kernel, dtypeElt: 'E2m1' }],
    ['an output of type E5m2', { ...kernel, dtypeC: 'E5m2' }],
    ['DeepSeek scales with inputs of type Fp16', { ...deepSeekKernel, dtypeElt: 'Fp16' }],
    ['output scales for tiles of 64 channels', { ...deepSeekKernel, dtypeC: 'E4m3', tileM: 64 }],
    ['a fused activation', { ...kernel, useFusedAct: true }],
    ['shuffled weights', { ...kernel, shuffledMatrixA: true }],
    ['a split k', { ...kernel, numSlicesForSplitK: 2 }],
    ['a split k', { ...kernel, projGateNumSplitKSlices: 2 }],
    ['an output that is not stored through TMA', { ...kernel, useTmaStore: false }],
    ['an output with the tokens along its contiguous dimension', { ...kernel, transposeMmaOutput: false }],
  ])('has %s', (reason, unsupported) => {
    expect(whyNotEmulated(unsupported)).toBe(reason);
    expect(() => emulateBatchedGemm(unsupported)).toThrow(
      new RangeError(`kernel cannot be emulated: it has ${reason}`),
    );
  });

  it('is none of the plain ones', () => {
    expect(whyNotEmulated(kernel)).toBeUndefined();
    expect(whyNotEmulated({ ...deepSeekKernel, dtypeC: 'E4m3' })).toBeUndefined();
  });
});
