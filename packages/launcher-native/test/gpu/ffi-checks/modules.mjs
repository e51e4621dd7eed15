import assert from 'node:assert/strict';
import { assertCudaError } from './support.mjs';

/** A copy of a cubin of CUDA 13 that claims to be for another architecture (e_flags, bits 8 to 15). */
function forArch(cubin, smVersion) {
  const copy = Uint8Array.from(cubin);
  copy[49] = smVersion;
  return copy;
}

/** Modules and functions. */
export const moduleChecks = [
  {
    name: 'a cubin loads, and has the kernels that our reader finds in it',
    run({ launcher, context, cubin, note }) {
      const { arch, kernels } = launcher.readCubin(cubin);
      note(`cubin for ${arch}: ${kernels.map(({ name }) => name).join(', ')}`);
      const module = context.loadModule(cubin);
      for (const { name, numRegisters, staticSharedMemBytes } of kernels) {
        const { attributes } = module.getKernel(name);
        assert.equal(attributes.registersPerThread, numRegisters, `${name}: registers`);
        assert.equal(attributes.staticSharedMemBytes, staticSharedMemBytes, `${name}: static shared memory`);
        assert.equal(
          attributes.maxDynamicSharedMemBytes,
          48 * 1024 - staticSharedMemBytes,
          `${name}: dynamic`,
        );
        assert.ok(attributes.maxThreadsPerBlock > 0 && attributes.maxThreadsPerBlock <= 1024);
        assert.equal(attributes.binaryVersion, launcher.readCubin(cubin).smVersion);
      }
      module.release();
    },
  },
  {
    name: 'a kernel that is not there is not found',
    run({ launcher, context, cubin }) {
      const module = context.loadModule(cubin);
      assertCudaError(launcher, 'CUDA_ERROR_NOT_FOUND', () => module.getKernel('no_such_kernel'));
      module.release();
    },
  },
  {
    name: 'dynamic shared memory can be raised to the opt-in limit and no further',
    run({ launcher, device, context, cubin }) {
      const module = context.loadModule(cubin);
      const [{ name, staticSharedMemBytes }] = launcher.readCubin(cubin).kernels;
      const kernel = module.getKernel(name);
      const limit = device.sharedMemPerBlockOptin - staticSharedMemBytes;
      kernel.setMaxDynamicSharedMem(limit);
      assert.equal(kernel.attributes.maxDynamicSharedMemBytes, limit);
      assertCudaError(launcher, 'CUDA_ERROR_INVALID_VALUE', () => kernel.setMaxDynamicSharedMem(limit + 1));
      module.release();
    },
  },
  {
    name: 'a truncated cubin is an invalid image, and never reaches the driver',
    run({ launcher, context, cubin }) {
      for (const length of [0, 3, 63, 64, cubin.length >> 1, cubin.length - 1]) {
        assertCudaError(launcher, 'CUDA_ERROR_INVALID_IMAGE', () =>
          context.loadModule(cubin.subarray(0, length)),
        );
      }
    },
  },
  {
    name: 'a cubin for another architecture has no binary for this GPU',
    run({ launcher, context, cubin }) {
      assertCudaError(launcher, 'CUDA_ERROR_NO_BINARY_FOR_GPU', () => context.loadModule(forArch(cubin, 75)));
    },
  },
  {
    name: 'loading and unloading again and again costs no memory',
    needsGpu: true,
    run({ context, cubin }) {
      const cycle = () => context.loadModule(cubin).release();
      cycle();
      const before = context.memoryInfo().freeBytes;
      for (let i = 0; i < 50; i += 1) cycle();
      assert.equal(context.memoryInfo().freeBytes, before);
    },
  },
];
