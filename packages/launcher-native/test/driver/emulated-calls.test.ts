import { targets } from '@gemm-preflight/types';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DriverCalls } from '../../src/driver/index.js';
import { result } from '../../src/driver/index.js';
import { cudaAbi } from '../../src/driver/sys/index.js';
import { createEmulator } from '../../src/emulator/index.js';
import { emulate, emulatorOptions, fakeCubin, fakeKernel } from './emulated.js';

const { resultCodes: code } = cudaAbi;
const out64 = new BigUint64Array(1);
const out32 = new Int32Array(1);
const take = () => out64[0] ?? 0n;

describe('the emulated driver before cuInit', () => {
  const calls = createEmulator(emulatorOptions());

  it.each<[string, () => number]>([
    ['cuDeviceGetCount', () => calls.cuDeviceGetCount(out32)],
    ['cuDevicePrimaryCtxRetain', () => calls.cuDevicePrimaryCtxRetain(out64, 0)],
    ['cuCtxGetCurrent', () => calls.cuCtxGetCurrent(out64)],
    ['cuMemAlloc_v2', () => calls.cuMemAlloc_v2(out64, 16)],
  ])('refuses %s', (_, call) => {
    expect(call()).toBe(code.CUDA_ERROR_NOT_INITIALIZED);
  });

  it('tells its version and error names', () => {
    const text = [''];
    expect(calls.cuDriverGetVersion(out32)).toBe(0);
    expect(out32[0]).toBe(13_000);
    expect(calls.cuGetErrorName(700, text)).toBe(0);
    expect(text).toEqual(['CUDA_ERROR_ILLEGAL_ADDRESS']);
    expect(calls.cuGetErrorString(700, text)).toBe(0);
    expect(text).toEqual(['illegal address']);
    expect(calls.cuGetErrorName(12_345, text)).toBe(code.CUDA_ERROR_INVALID_VALUE);
    expect(calls.cuGetErrorString(12_345, text)).toBe(code.CUDA_ERROR_INVALID_VALUE);
  });

  it('takes no flags', () => {
    expect(calls.cuInit(1)).toBe(code.CUDA_ERROR_INVALID_VALUE);
  });
});

describe('an emulated Device', () => {
  it('is described by its target', () => {
    const [device, ...others] = emulate({ target: targets.b200, totalMemoryBytes: 4096 }).devices();
    expect(others).toEqual([]);
    expect(device?.name).toBe('Emulated b200');
    expect(device?.computeCapability).toEqual({ major: 10, minor: 0 });
    expect(device?.smVersion).toBe(100);
    expect(device?.numSms).toBe(148);
    expect(device?.sharedMemPerBlockOptin).toBe(227 * 1024);
    expect(device?.totalMemoryBytes).toBe(4096);
    expect(device?.attribute('MAX_SHARED_MEMORY_PER_MULTIPROCESSOR')).toBe(228 * 1024);
    expect(device?.attribute('TENSOR_MAP_ACCESS_SUPPORTED')).toBe(1);
    expect(device?.attribute('MAX_GRID_DIM_X')).toBe(2_147_483_647);
  });

  it('does not exist beyond the number emulated', () => {
    const driver = emulate({ deviceCount: 2 });
    expect(driver.devices().map(({ ordinal }) => ordinal)).toEqual([0, 1]);
    expect(() => driver.device(2)).toThrow(
      /^CUDA_ERROR_INVALID_DEVICE \(101\) from cuDeviceGet\(ordinal: 2\)/,
    );
  });

  it('cuts its name to the room there is, and ends it', () => {
    const { calls } = emulate();
    const name = new Uint8Array(6).fill(0xff);
    expect(calls.cuDeviceGetName(name, 6, 0)).toBe(0);
    expect(Buffer.from(name).toString()).toBe('Emula\0');
  });

  it('has no attribute of an unknown number', () => {
    expect(emulate().calls.cuDeviceGetAttribute(out32, 9999, 0)).toBe(code.CUDA_ERROR_INVALID_VALUE);
  });
});

describe('an emulated context', () => {
  let calls: DriverCalls;
  beforeEach(() => {
    calls = emulate().calls;
  });

  it('has to be current', () => {
    expect(calls.cuMemAlloc_v2(out64, 16)).toBe(code.CUDA_ERROR_INVALID_CONTEXT);
    expect(calls.cuCtxSetCurrent(0x1234n)).toBe(code.CUDA_ERROR_INVALID_CONTEXT);
  });

  it('can be made current and unbound', () => {
    calls.cuDevicePrimaryCtxRetain(out64, 0);
    const context = take();
    expect(calls.cuCtxSetCurrent(context)).toBe(0);
    expect(result.context.getCurrent(calls)).toBe(context);
    expect(calls.cuCtxSetCurrent(0n)).toBe(0);
    expect(result.context.getCurrent(calls)).toBe(0n);
  });

  it('takes its memory with it', () => {
    calls.cuDevicePrimaryCtxRetain(out64, 0);
    calls.cuCtxSetCurrent(take());
    calls.cuMemAlloc_v2(out64, 16);
    const address = take();
    expect(calls.cuDevicePrimaryCtxRelease_v2(0)).toBe(0);
    expect(calls.cuMemFree_v2(address)).toBe(code.CUDA_ERROR_CONTEXT_IS_DESTROYED);
    calls.cuDevicePrimaryCtxRetain(out64, 0);
    calls.cuCtxSetCurrent(take());
    expect(calls.cuMemFree_v2(address)).toBe(code.CUDA_ERROR_INVALID_VALUE);
  });

  it('cannot be released more often than retained', () => {
    expect(calls.cuDevicePrimaryCtxRelease_v2(0)).toBe(code.CUDA_ERROR_INVALID_CONTEXT);
  });
});

describe('in an emulated context', () => {
  let calls: DriverCalls;
  beforeEach(() => {
    calls = emulate().calls;
    calls.cuDevicePrimaryCtxRetain(out64, 0);
    calls.cuCtxSetCurrent(take());
  });

  it('memory is freed once, by its own address', () => {
    calls.cuMemAlloc_v2(out64, 16);
    const address = take();
    expect(calls.cuMemFree_v2(address + 1n)).toBe(code.CUDA_ERROR_INVALID_VALUE);
    expect(calls.cuMemFree_v2(address)).toBe(0);
    expect(calls.cuMemFree_v2(address)).toBe(code.CUDA_ERROR_INVALID_VALUE);
  });

  it.each<[string, () => number]>([
    ['a stream', () => calls.cuStreamDestroy_v2(0x99n)],
    ['the default stream, to be destroyed', () => calls.cuStreamDestroy_v2(0n)],
    ['a stream to query', () => calls.cuStreamQuery(0x99n)],
    ['a stream to synchronise', () => calls.cuStreamSynchronize(0x99n)],
    ['a stream to wait', () => calls.cuStreamWaitEvent(0x99n, 0n, 0)],
    ['an event to wait for', () => calls.cuStreamWaitEvent(0n, 0x99n, 0)],
    ['an event', () => calls.cuEventDestroy_v2(0x99n)],
    ['an event to record', () => calls.cuEventRecord(0x99n, 0n)],
    ['an event to query', () => calls.cuEventQuery(0x99n)],
    ['an event to synchronise', () => calls.cuEventSynchronize(0x99n)],
    ['a module', () => calls.cuModuleUnload(0x99n)],
    ['a module to search', () => calls.cuModuleGetFunction(out64, 0x99n, 'gemm')],
    ['a function to describe', () => calls.cuFuncGetAttribute(out32, 0, 0x99n)],
    ['a function to change', () => calls.cuFuncSetAttribute(0x99n, 8, 0)],
    [
      'a function to launch',
      () => calls.prepareLaunchKernelEx(new Uint8Array(56), new Uint8Array(0), 0x99n, new Uint8Array(4))(),
    ],
    ['a stream to copy in', () => calls.cuMemcpyHtoDAsync_v2(0n, new Uint8Array(4), 4, 0x99n)],
    ['a stream to fill in', () => calls.cuMemsetD8Async(0n, 0, 4, 0x99n)],
  ])('an unknown handle is refused: %s', (_, call) => {
    expect(call()).toBe(code.CUDA_ERROR_INVALID_HANDLE);
  });

  it.each<[string, () => number]>([
    ['a stream', () => calls.cuStreamCreateWithPriority(out64, 2, 0)],
    ['an event', () => calls.cuEventCreate(out64, 8)],
    [
      'a stream that waits',
      () => {
        calls.cuEventCreate(out64, 0);
        return calls.cuStreamWaitEvent(0n, take(), 2);
      },
    ],
  ])('unknown flags are refused: %s', (_, call) => {
    expect(call()).toBe(code.CUDA_ERROR_INVALID_VALUE);
  });

  it('a handle is refused once its object is destroyed', () => {
    calls.cuStreamCreateWithPriority(out64, 0, 0);
    const stream = take();
    expect(calls.cuStreamDestroy_v2(stream)).toBe(0);
    expect(calls.cuStreamDestroy_v2(stream)).toBe(code.CUDA_ERROR_INVALID_HANDLE);
  });

  it('a function is refused once its module is unloaded', () => {
    calls.cuModuleLoadData(out64, fakeCubin({ arch: 'sm90a', kernels: [fakeKernel('gemm')] }));
    const module = take();
    calls.cuModuleGetFunction(out64, module, 'gemm');
    const func = take();
    expect(calls.cuFuncGetAttribute(out32, cudaAbi.functionAttributes.NUM_REGS, func)).toBe(0);
    calls.cuModuleUnload(module);
    expect(calls.cuFuncGetAttribute(out32, cudaAbi.functionAttributes.NUM_REGS, func)).toBe(
      code.CUDA_ERROR_INVALID_HANDLE,
    );
  });

  it.each<[string, (address: bigint) => number]>([
    ['to the device, past an end', (address) => calls.cuMemcpyHtoD_v2(address, new Uint8Array(17), 17)],
    ['to the device, from too little', (address) => calls.cuMemcpyHtoD_v2(address, new Uint8Array(3), 4)],
    ['from the device, past an end', (address) => calls.cuMemcpyDtoH_v2(new Uint8Array(17), address, 17)],
    ['from the device, into too little', (address) => calls.cuMemcpyDtoH_v2(new Uint8Array(3), address, 4)],
    ['within the device, past an end', (address) => calls.cuMemcpyDtoD_v2(address, address + 8n, 9)],
    ['of a value, past an end', (address) => calls.cuMemsetD8_v2(address, 0, 17)],
    ['before an allocation', (address) => calls.cuMemsetD8_v2(address - 1n, 0, 1)],
  ])('a copy is refused, and breaks nothing: %s', (_, copy) => {
    calls.cuMemAlloc_v2(out64, 16);
    expect(copy(take())).toBe(code.CUDA_ERROR_INVALID_VALUE);
    expect(calls.cuCtxSynchronize()).toBe(0);
  });

  it('page-locked host memory can be allocated, viewed and freed once', () => {
    const { address, bytes } = result.memory.allocateHost(calls, 100);
    bytes[99] = 7;
    expect(calls.viewHostMemory(address, 100)[99]).toBe(7);
    expect(() => calls.viewHostMemory(address, 101)).toThrow(RangeError);
    result.memory.freeHost(calls, address);
    expect(calls.cuMemFreeHost(address)).toBe(code.CUDA_ERROR_INVALID_VALUE);
    expect(calls.cuMemAllocHost_v2(out64, 0)).toBe(code.CUDA_ERROR_INVALID_VALUE);
  });

  it('a function has no attribute of an unknown number, and some cannot be set', () => {
    calls.cuModuleLoadData(out64, fakeCubin({ arch: 'sm90a', kernels: [fakeKernel('gemm')] }));
    calls.cuModuleGetFunction(out64, take(), 'gemm');
    const func = take();
    expect(calls.cuFuncGetAttribute(out32, 99, func)).toBe(code.CUDA_ERROR_INVALID_VALUE);
    expect(calls.cuFuncSetAttribute(func, cudaAbi.functionAttributes.NUM_REGS, 32)).toBe(
      code.CUDA_ERROR_INVALID_VALUE,
    );
  });

  it('a launch is refused when an attribute has an id that the launcher does not use', () => {
    calls.cuModuleLoadData(out64, fakeCubin({ arch: 'sm90a', kernels: [fakeKernel('gemm')] }));
    calls.cuModuleGetFunction(out64, take(), 'gemm');
    const attributes = new Uint8Array(72);
    attributes[0] = 99;
    const launch = calls.prepareLaunchKernelEx(new Uint8Array(56), attributes, take(), new Uint8Array(16));
    expect(launch()).toBe(code.CUDA_ERROR_INVALID_VALUE);
  });
});
