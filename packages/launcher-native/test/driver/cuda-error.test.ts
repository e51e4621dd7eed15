import { describe, expect, it } from 'vitest';
import { CudaError } from '../../src/driver/index.js';
import { cudaAbi } from '../../src/driver/sys/index.js';
import { emulate } from './emulated.js';

const { calls } = emulate();

describe('a CudaError', () => {
  it('says name, number, call, arguments, meaning and what to do, on one line', () => {
    const error = new CudaError(calls, 100, 'cuInit', { flags: 0 });
    expect(error.message).toBe(
      'CUDA_ERROR_NO_DEVICE (100) from cuInit(flags: 0): the driver sees no GPU. ' +
        'Check nvidia-smi, CUDA_VISIBLE_DEVICES, and whether the container was given a GPU.',
    );
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toContain('CUDA_ERROR_NO_DEVICE');
  });

  it('shows addresses in hex, numbers in decimal, and shapes as lists', () => {
    const error = new CudaError(calls, 1, 'cuMemcpyHtoD_v2', { target: 0xabcn, bytes: 12, grid: [1, 2, 3] });
    expect(error.message).toContain('cuMemcpyHtoD_v2(target: 0xabc, bytes: 12, grid: [1, 2, 3])');
  });

  it('knows the errors after which nothing works any more', () => {
    const isSticky = (code: number) => new CudaError(calls, code, 'cuCtxSynchronize').isSticky;
    expect([700, 702, 710, 715, 716, 718, 719].map(isSticky)).toEqual(Array(7).fill(true));
    expect([1, 2, 200, 400, 600, 701, 801].map(isSticky)).toEqual(Array(7).fill(false));
  });

  it.each([
    ['busy or exclusive', 46, /busy or reserved.*compute mode.*nvidia-smi/],
    ['absent', 100, /sees no GPU.*CUDA_VISIBLE_DEVICES/],
    ['not licensed', 102, /without a licence/],
    ['newer than its driver', 36, /too old for this call/],
    ['behind a driver of two versions', 803, /different driver versions/],
    ['not what the compatibility library supports', 804, /forward-compatibility library/],
    ['behind a fabric manager that does not run', 802, /fabric manager/],
    ['behind an MPS daemon that is gone', 805, /MPS control daemon/],
    ['damaged', 214, /cannot correct/],
  ])('has a sentence of our own for a device that is %s', (_, code, sentence) => {
    const { message } = new CudaError(calls, code, 'cuDevicePrimaryCtxRetain', { device: 0 });
    expect(message).toMatch(sentence);
  });

  it.each(Object.entries(cudaAbi.resultCodes))('has one line for %s', (name, code) => {
    const { message } = new CudaError(calls, code, 'cuCtxSynchronize');
    expect(message).toMatch(new RegExp(`^${name} \\(${code}\\) from cuCtxSynchronize\\(\\): [^\\n]+\\.$`));
  });
});
