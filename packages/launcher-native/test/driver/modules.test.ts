import { readFileSync } from 'node:fs';
import { targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { Driver } from '../../src/driver/index.js';
import { cudaErrorOf, emulatedContext, fakeCubin, fakeKernel } from './emulated.js';

const kernels = [fakeKernel('gemm', { numRegisters: 168, staticSharedMemBytes: 1024, maxThreads: 384 })];
const cubin = fakeCubin({ arch: 'sm90a', kernels });

describe('a Module', () => {
  it('has the kernels of its cubin, by their exact names', () => {
    using context = emulatedContext();
    const module = context.loadModule(cubin);
    expect(module.getKernel('gemm').name).toBe('gemm');
    expect(module.getKernel('gemm').handle).toBe(module.getKernel('gemm').handle);
    expect(cudaErrorOf(() => module.getKernel('GEMM')).message).toBe(
      'CUDA_ERROR_NOT_FOUND (500) from cuModuleGetFunction(name: GEMM): the module has no kernel of that name. ' +
        'Names are compared exactly; C++ kernels have mangled names.',
    );
  });

  it.each([
    ['nothing', new Uint8Array(0), 'no ELF file'],
    ['text', Buffer.from('.version 8.0'), 'no ELF file'],
    ['the start of a header', cubin.subarray(0, 63), 'shorter than an ELF header'],
  ])('is not made of %s', (_, bytes, problem) => {
    using context = emulatedContext();
    const error = cudaErrorOf(() => context.loadModule(bytes));
    expect(error.name).toBe('CUDA_ERROR_INVALID_IMAGE');
    expect(error.message).toContain(`cuModuleLoadData(bytes: ${bytes.byteLength}, problem: ${problem})`);
  });

  it('is not made of an ELF file that the cubin reader rejects', () => {
    using context = emulatedContext();
    expect(cudaErrorOf(() => context.loadModule(cubin.subarray(0, 70))).name).toBe(
      'CUDA_ERROR_INVALID_IMAGE',
    );
  });

  it('lets errors of the cubin reader through that are no CubinErrors: they are bugs', () => {
    const readCubin = () => {
      throw new TypeError('bug');
    };
    using context = emulatedContext({ readCubin });
    expect(() => context.loadModule(cubin)).toThrow(new TypeError('bug'));
  });

  it.each([
    ['sm90a', 'h100', true],
    ['sm_90a', 'h100', true],
    ['sm90', 'h100', true],
    ['sm80', 'h100', false],
    ['sm100a', 'h100', false],
    ['sm90a', 'b200', false],
    ['sm100a', 'b200', true],
    ['sm100a', 'b300', false],
    ['sm100', 'b300', true],
    ['sm100f', 'b300', true],
    ['sm103a', 'b200', false],
    ['sm103', 'b200', false],
    ['gfx942', 'h100', false],
  ] as const)('of %s loads on %s: %s', (arch, target, loads) => {
    using context = emulatedContext({ target: targets[target] });
    const load = () => context.loadModule(fakeCubin({ arch, kernels }));
    if (loads) expect(load().isReleased).toBe(false);
    else expect(cudaErrorOf(load).name).toBe('CUDA_ERROR_NO_BINARY_FOR_GPU');
  });

  it("is read by the package's own cubin reader when the emulator is given none", () => {
    const driver = Driver.emulator({ target: targets.h100, kernels: () => undefined });
    using context = driver.device(0).retainPrimaryContext();
    const tiny = readFileSync(new URL('../cubin/fixtures/tiny.sm90a.cuda13.cubin', import.meta.url));
    expect(context.loadModule(tiny).isReleased).toBe(false);
    const half = tiny.subarray(0, tiny.byteLength >> 1);
    expect(cudaErrorOf(() => context.loadModule(half)).message).toMatch(/problem: .* truncated\)/);
  });
});

describe('a Kernel', () => {
  it('tells what the compiler made of it', () => {
    using context = emulatedContext();
    expect(context.loadModule(cubin).getKernel('gemm').attributes).toEqual({
      registersPerThread: 168,
      maxThreadsPerBlock: 384,
      staticSharedMemBytes: 1024,
      maxDynamicSharedMemBytes: 47 * 1024,
      localMemBytes: 0,
      constMemBytes: 0,
      binaryVersion: 90,
    });
  });

  it("can have dynamic shared memory up to the device's opt-in limit, less its static part", () => {
    using context = emulatedContext();
    const kernel = context.loadModule(cubin).getKernel('gemm');
    kernel.setMaxDynamicSharedMem(226 * 1024);
    expect(kernel.attributes.maxDynamicSharedMemBytes).toBe(226 * 1024);
    expect(cudaErrorOf(() => kernel.setMaxDynamicSharedMem(226 * 1024 + 1)).message).toBe(
      'CUDA_ERROR_INVALID_VALUE (1) from cuFuncSetAttribute(attribute: MAX_DYNAMIC_SHARED_SIZE_BYTES, value: 231425): ' +
        "the kernel cannot have that much. Shared memory is limited by the device's sharedMemPerBlockOptin, less the kernel's static part.",
    );
    expect(() => kernel.setMaxDynamicSharedMem(-1)).toThrow(RangeError);
  });
});
