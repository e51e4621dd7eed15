import { targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { type Context, CudaError, Device, type Driver } from '../../src/driver/index.js';
import { emulatedDriver, launch, loadKernel } from '../../src/launch/index.js';
import { type Gemm, gemmOf, paddedTokens } from './gemm.js';
import { cubinOf, kernelWithTile, ours } from './kernels.js';
import { type Failure, releasingCalls, WatchedCalls } from './watched-calls.js';

const kernel = kernelWithTile(8);
const cubin = cubinOf(kernel);
const gemm = gemmOf(kernel, [3, 0, 8], { m: 128, k: 128 });

/** A kernel's life: load it, launch it on a stream between two events, read its output. All is given back. */
async function loadAndLaunch(context: Context, { options, m, k, paddedRows }: Gemm): Promise<void> {
  using loaded = loadKernel(context, kernel, cubin);
  using stream = context.createStream();
  using start = context.createEvent();
  using end = context.createEvent();
  using a = context.allocate(gemm.weights.length);
  using b = context.allocate(paddedRows * k);
  using c = context.allocate(paddedRows * m * 2);
  using scaleC = context.allocate(4);
  a.copyFrom(gemm.weights);
  b.copyFrom(paddedTokens(gemm), { stream });
  c.fill(0xff, { stream });
  scaleC.copyFrom(new Float32Array([0.5]));
  stream.record(start);
  launch(loaded, options, { a, b, c, scaleC }, stream, { target: targets.h100 });
  stream.record(end);
  await stream.synchronize();
  end.elapsedMsSince(start);
  c.copyTo(new Uint8Array(c.byteLength));
}

const newDriver = () => emulatedDriver({ target: targets.h100, kernels: ours });

/** Lives through it, and says how it ended. */
async function endOf(watched: WatchedCalls): Promise<{ error: unknown; left: readonly string[] }> {
  let left: readonly string[] = [];
  try {
    using context = new Device(watched.calls, 0).retainPrimaryContext();
    try {
      await loadAndLaunch(context, gemm);
    } finally {
      // The context would release on its way what others forgot.
      left = watched.alive.filter((kind) => kind !== 'context');
    }
  } catch (error) {
    return { error, left };
  }
  return { error: undefined, left };
}

/** The same on a driver whose memory somebody else can see, too. */
async function outcomeOf(driver: Driver, failure?: Failure) {
  using observer = driver.device(0).retainPrimaryContext();
  const before = observer.memoryInfo();
  const watched = new WatchedCalls(driver.calls, failure);
  const end = await endOf(watched);
  const { freeBytes } = observer.memoryInfo();
  const { names, alive } = watched;
  return { ...end, names, alive, lostBytes: before.freeBytes - freeBytes };
}

const names = (await outcomeOf(newDriver())).names;

describe('loading and launching', () => {
  it('makes these calls, and leaves nothing behind', async () => {
    const { error, left, alive, lostBytes } = await outcomeOf(newDriver());
    expect({ error, left, alive, lostBytes }).toEqual({
      error: undefined,
      left: [],
      alive: [],
      lostBytes: 0,
    });
    expect(names).toEqual([
      'cuDeviceGet',
      'cuDevicePrimaryCtxRetain',
      'cuCtxSetCurrent',
      'cuModuleLoadData',
      'cuModuleGetFunction',
      'cuFuncSetAttribute',
      'cuStreamCreateWithPriority',
      ...['cuEventCreate', 'cuEventCreate'],
      ...['cuMemAlloc_v2', 'cuMemAlloc_v2', 'cuMemAlloc_v2', 'cuMemAlloc_v2'],
      ...['cuMemcpyHtoD_v2', 'cuMemcpyHtoDAsync_v2', 'cuMemsetD8Async', 'cuMemcpyHtoD_v2'],
      'cuEventRecord',
      ...['cuTensorMapEncodeTiled', 'cuTensorMapEncodeTiled', 'cuTensorMapEncodeTiled'],
      'cuLaunchKernelEx',
      'cuEventRecord',
      'cuStreamQuery',
      'cuEventElapsedTime',
      'cuMemcpyDtoH_v2',
      ...['cuMemFree_v2', 'cuMemFree_v2', 'cuMemFree_v2', 'cuMemFree_v2'],
      ...['cuEventDestroy_v2', 'cuEventDestroy_v2'],
      'cuStreamDestroy_v2',
      'cuModuleUnload',
      'cuDevicePrimaryCtxRelease_v2',
    ]);
  });
});

const positions = names.map((name, at): [string, number] => [name, at]);
const working = positions.filter(([name]) => !releasingCalls.includes(name));
const releasing = positions.filter(([name]) => releasingCalls.includes(name));

const refused = 801; // CUDA_ERROR_NOT_SUPPORTED
const unknown = 999; // CUDA_ERROR_UNKNOWN
const sticky = 719; // CUDA_ERROR_LAUNCH_FAILED: the context is unusable, and releases fail silently.

describe.each([refused, unknown, sticky])('with code %i', (code) => {
  it.each(working)(
    'a failing %s (call %i) is a CudaError that names it, and nothing is left',
    async (name, at) => {
      const { error, left, alive, lostBytes } = await outcomeOf(newDriver(), { at, code });
      expect(error).toBeInstanceOf(CudaError);
      expect(error).toMatchObject({ call: name, code });
      expect((error as CudaError).message).toMatch(
        new RegExp(`^CUDA_ERROR_\\w+ \\(${code}\\) from ${name}\\(`),
      );
      expect({ left, alive, lostBytes }).toEqual({ left: [], alive: [], lostBytes: 0 });
    },
  );
});

describe('a failing release', () => {
  const kinds: Readonly<Record<string, string>> = {
    cuMemFree_v2: 'allocation',
    cuEventDestroy_v2: 'event',
    cuStreamDestroy_v2: 'stream',
    cuModuleUnload: 'module',
    cuDevicePrimaryCtxRelease_v2: 'context',
  };

  it.each(releasing)('%s (call %i) is reported, and keeps only its own object', async (name, at) => {
    const { error, alive } = await outcomeOf(newDriver(), { at, code: unknown });
    expect(error).toBeInstanceOf(CudaError);
    expect(error).toMatchObject({ call: name, code: unknown });
    expect(alive).toEqual([kinds[name]]);
  });
});

describe('a kernel that reads what is not allocated', () => {
  it('is CUDA_ERROR_ILLEGAL_ADDRESS at the next call, and nothing is thrown on the way out', async () => {
    const addresses: bigint[] = [];
    const driver = emulatedDriver({
      target: targets.h100,
      kernels: ours,
      onIllegalAddress: ({ address }) => addresses.push(address),
    });
    const { calls } = driver;
    const encode = calls.cuTensorMapEncodeTiled.bind(calls);
    calls.cuTensorMapEncodeTiled = (map, dtype, rank, address, ...rest) =>
      encode(map, dtype, rank, address + 0x10_0000_0000n, ...rest);
    const { error } = await endOf(new WatchedCalls(calls));
    expect(error).toBeInstanceOf(CudaError);
    expect(error).toMatchObject({ name: 'CUDA_ERROR_ILLEGAL_ADDRESS', call: 'cuEventRecord' });
    expect(addresses.length).toBe(1);
  });
});

describe('too little device memory', () => {
  const tooSmall = () => emulatedDriver({ target: targets.h100, kernels: ours, totalMemoryBytes: 52_000 });

  it('is CUDA_ERROR_OUT_OF_MEMORY with the size asked for, and what was allocated before is given back', async () => {
    const { error, names: made, left, alive, lostBytes } = await outcomeOf(tooSmall());
    expect(error).toBeInstanceOf(CudaError);
    expect((error as CudaError).name).toBe('CUDA_ERROR_OUT_OF_MEMORY');
    expect((error as CudaError).message).toMatch(
      /^CUDA_ERROR_OUT_OF_MEMORY \(2\) from cuMemAlloc_v2\(bytes: 4096\): the device has too little free memory\./,
    );
    expect(made.filter((name) => name === 'cuMemAlloc_v2').length).toBe(3);
    expect({ left, alive, lostBytes }).toEqual({ left: [], alive: [], lostBytes: 0 });
  });
});
