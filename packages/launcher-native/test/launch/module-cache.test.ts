import { type KernelInfo, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { type Context, CudaError, Device, ReleasedError } from '../../src/driver/index.js';
import { CatalogError, emulatedDriver, ModuleCache } from '../../src/launch/index.js';
import { cubinOf, kernelWithTile, ours } from './kernels.js';
import { type Failure, WatchedCalls } from './watched-calls.js';

const kernel = kernelWithTile(8);
const cubin = cubinOf(kernel);

/** A driver that is watched, and a context on it. */
function open(failure?: Failure): { context: Context; watched: WatchedCalls } {
  const watched = new WatchedCalls(emulatedDriver({ target: targets.h100, kernels: ours }).calls, failure);
  return { context: new Device(watched.calls, 0).retainPrimaryContext(), watched };
}

const times = (watched: WatchedCalls, call: string) => watched.names.filter((name) => name === call).length;

/** A source that counts how often it is read, and answers a little later. */
function counted(bytes: Uint8Array | undefined = cubin) {
  const source = async () => {
    source.reads++;
    await new Promise((resolve) => setImmediate(resolve));
    return bytes;
  };
  source.reads = 0;
  return source;
}

describe('a ModuleCache', () => {
  it('loads a cubin once, and reads it once', async () => {
    const { context, watched } = open();
    using _context = context;
    using cache = new ModuleCache();
    const source = counted();
    for (let i = 0; i < 3; i++) {
      using loaded = await cache.acquire(context, kernel, source);
      expect(loaded.kernel.name).toBe(kernel.functionName);
    }
    expect([source.reads, times(watched, 'cuModuleLoadData')]).toEqual([1, 1]);
    expect([cache.size, cache.bytes]).toEqual([1, cubin.byteLength]);
  });

  it('lets 64 requests at the same time share one reading and one load', async () => {
    const { context, watched } = open();
    using _context = context;
    using cache = new ModuleCache();
    const source = counted();
    const all = await Promise.all(Array.from({ length: 64 }, () => cache.acquire(context, kernel, source)));
    expect([source.reads, times(watched, 'cuModuleLoadData')]).toEqual([1, 1]);
    // Each has a parameter block of its own: launches do not write over each other's.
    expect(new Set(all.map(({ params }) => params)).size).toBe(64);
    for (const loaded of all) loaded.release();
    expect(watched.alive).toEqual(['context', 'module']);
  });

  it('knows a cubin again by its bytes where entries have no hash', async () => {
    const { context, watched } = open();
    using _context = context;
    using cache = new ModuleCache();
    const { sha256: _, ...unhashed } = kernel;
    using first = await cache.acquire(context, unhashed, () => cubin);
    using second = await cache.acquire(context, kernel, counted());
    expect(first.kernel.handle).toBe(second.kernel.handle);
    expect(times(watched, 'cuModuleLoadData')).toBe(1);
  });

  it('loads once for each context', async () => {
    const { context, watched } = open();
    using _context = context;
    using other = new Device(watched.calls, 0).retainPrimaryContext();
    using cache = new ModuleCache();
    using _a = await cache.acquire(context, kernel, () => cubin);
    using _b = await cache.acquire(other, kernel, () => cubin);
    expect(times(watched, 'cuModuleLoadData')).toBe(2);
  });

  it('loads anew in place of a module that its context took along', async () => {
    const { context, watched } = open();
    using cache = new ModuleCache();
    const first = await cache.acquire(context, kernel, () => cubin);
    context.release();
    first.release();
    await expect(cache.acquire(context, kernel, () => cubin)).rejects.toThrow(ReleasedError);
    using again = new Device(watched.calls, 0).retainPrimaryContext();
    using _loaded = await cache.acquire(again, kernel, () => cubin);
    expect(watched.alive).toEqual(['context', 'module']);
  });

  it('unloads what was used the longest time ago, and nothing that is held', async () => {
    const { context, watched } = open();
    using _context = context;
    using cache = new ModuleCache({ maxModules: 2 });
    const [held, idle, ...others] = ours;
    if (held === undefined || idle === undefined) throw new Error('there are too few kernels');
    using kept = await cache.acquire(context, held, () => cubinOf(held));
    for (const info of [idle, ...others]) (await cache.acquire(context, info, () => cubinOf(info))).release();
    expect(cache.size).toBe(2);
    expect(kept.kernel.attributes.binaryVersion).toBe(90);
    expect(times(watched, 'cuModuleUnload')).toBe(ours.length - 2);
  });

  it('is bounded in bytes, too', async () => {
    const { context } = open();
    using _context = context;
    using cache = new ModuleCache({ maxBytes: cubin.byteLength });
    for (const info of ours) (await cache.acquire(context, info, () => cubinOf(info))).release();
    expect(cache.bytes).toBeLessThanOrEqual(cubin.byteLength);
  });

  it('raises a kernel’s shared memory once, and never takes back what another entry was promised', async () => {
    const { context, watched } = open();
    using _context = context;
    using cache = new ModuleCache();
    for (const sharedMemSize of [80_000, 100_000, 90_000, 100_000]) {
      using loaded = await cache.acquire(context, { ...kernel, sharedMemSize }, () => cubin);
      expect(loaded.kernel.attributes.maxDynamicSharedMemBytes).toBeGreaterThanOrEqual(sharedMemSize);
    }
    expect(times(watched, 'cuFuncSetAttribute')).toBe(2);
  });

  it('when released unloads what is idle at once, and the rest with its last lease', async () => {
    const { context, watched } = open();
    using _context = context;
    const cache = new ModuleCache();
    const loaded = await cache.acquire(context, kernel, () => cubin);
    cache.release();
    expect(watched.alive).toEqual(['context', 'module']);
    loaded.release();
    expect(watched.alive).toEqual(['context']);
    await expect(cache.acquire(context, kernel, () => cubin)).rejects.toThrow(
      'The module cache was used after it was released.',
    );
  });
});

describe('a kernel of a cache', () => {
  it('cannot be used once it is released, also while the cubin is still loaded', async () => {
    const { context } = open();
    using _context = context;
    using cache = new ModuleCache();
    const loaded = await cache.acquire(context, kernel, () => cubin);
    loaded.release();
    expect(cache.size).toBe(1);
    expect(() => loaded.kernel).toThrow(new ReleasedError(`Kernel ${kernel.functionName}`));
  });

  it('is kept until a stream is done with it', async () => {
    const { context, watched } = open();
    using _context = context;
    using stream = context.createStream();
    using cache = new ModuleCache({ maxModules: 0 });
    const loaded = await cache.acquire(context, kernel, () => cubin);
    const done = loaded.releaseAfter(stream);
    expect(watched.alive).toContain('module');
    await done;
    expect(watched.alive).not.toContain('module');
  });
});

describe('an entry that its cubin contradicts', () => {
  const wrong: KernelInfo = { ...kernel, threadsPerCta: 1024 };
  const message = `${kernel.functionName}: threadsPerCta: the catalog says 1024, the cubin’s kernel allows at most 160`;

  it('is refused before a byte goes to the driver', async () => {
    const { context, watched } = open();
    using _context = context;
    using cache = new ModuleCache();
    await expect(cache.acquire(context, wrong, () => cubin)).rejects.toThrow(new CatalogError(message));
    expect(times(watched, 'cuModuleLoadData')).toBe(0);
  });

  it('is refused although another entry has loaded the cubin', async () => {
    const { context } = open();
    using _context = context;
    using cache = new ModuleCache();
    using _loaded = await cache.acquire(context, kernel, () => cubin);
    await expect(cache.acquire(context, wrong, () => cubin)).rejects.toThrow(new CatalogError(message));
  });

  it('says nothing of the sound one that asked at the same time', async () => {
    const { context } = open();
    using _context = context;
    using cache = new ModuleCache();
    const [bad, good] = await Promise.allSettled([
      cache.acquire(context, wrong, counted()),
      cache.acquire(context, kernel, counted()),
    ]);
    expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('nor does the wrong file of one that asked at the same time for the same hash', async () => {
    const { context } = open();
    using _context = context;
    using cache = new ModuleCache();
    const [bad, good] = await Promise.allSettled([
      cache.acquire(context, kernel, counted(cubin.subarray(1))),
      cache.acquire(context, kernel, counted()),
    ]);
    expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('has metadata alone', async () => {
    const { context } = open();
    using _context = context;
    using cache = new ModuleCache();
    await expect(cache.acquire(context, kernel, () => undefined)).rejects.toThrow(/ is metadata alone: /);
  });
});

describe('an error', () => {
  it('of the reading goes to all who wait, and the next request tries again', async () => {
    const { context } = open();
    using _context = context;
    using cache = new ModuleCache();
    const error = new Error('no such file');
    const failing = async () => {
      throw error;
    };
    const both = [cache.acquire(context, kernel, failing), cache.acquire(context, kernel, failing)];
    expect(await Promise.allSettled(both)).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    using loaded = await cache.acquire(context, kernel, () => cubin);
    expect(loaded.kernel.name).toBe(kernel.functionName);
  });

  // The calls of an acquisition and its release, after cuDeviceGet and cuDevicePrimaryCtxRetain.
  const calls = ['cuCtxSetCurrent', 'cuModuleLoadData', 'cuModuleGetFunction', 'cuFuncSetAttribute'] as const;

  it.each(calls.map((call, i): [string, number] => [call, i + 2]))(
    'of %s (call %i) names it, leaves nothing held, and is not kept',
    async (call, at) => {
      const { context, watched } = open({ at, code: 801 });
      using _context = context;
      using cache = new ModuleCache({ maxModules: 0 });
      const acquire = () => cache.acquire(context, kernel, () => cubin);
      const error: unknown = await acquire().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CudaError);
      expect(error).toMatchObject({ call, code: 801 });
      expect([cache.size, watched.alive]).toEqual([0, ['context']]);
      (await acquire()).release();
      expect([cache.size, watched.alive]).toEqual([0, ['context']]);
    },
  );

  it('of an unloading is reported to who made room, whose own cubin is kept', async () => {
    const { context } = open({ at: 7, code: 999 });
    using _context = context;
    using cache = new ModuleCache({ maxModules: 1 });
    const [first, second] = ours;
    if (first === undefined || second === undefined) throw new Error('there are too few kernels');
    (await cache.acquire(context, first, () => cubinOf(first))).release();
    const acquire = () => cache.acquire(context, second, () => cubinOf(second));
    await expect(acquire()).rejects.toMatchObject({ call: 'cuModuleUnload', code: 999 });
    using loaded = await acquire();
    expect(loaded.kernel.name).toBe(second.functionName);
  });
});
