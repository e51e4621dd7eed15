import { describe, expect, it } from 'vitest';
import { Device } from '../../src/driver/index.js';
import { WatchedCalls } from '../launch/watched-calls.js';
import { cudaErrorOf, emulate, emulatedContext } from './emulated.js';

describe('memory allocated in the order of a stream', () => {
  it('is device memory like any other', () => {
    using context = emulatedContext();
    using stream = context.createStream();
    using buffer = context.allocateAsync(4, { stream });
    buffer.copyFrom(Uint8Array.of(1, 2, 3, 4), { stream });
    const back = new Uint8Array(4);
    buffer.copyTo(back, { stream });
    expect([...back]).toEqual([1, 2, 3, 4]);
    expect(buffer.label).toMatch(/^DeviceBuffer 0x[0-9a-f]+ of 4 bytes$/);
  });

  it('is freed in the order of its stream, of another one, or at once where the stream is gone', () => {
    const watched = new WatchedCalls(emulate().calls);
    using context = new Device(watched.calls, 0).retainPrimaryContext();
    const [stream, other] = [context.createStream(), context.createStream()];
    const [a, b, c] = [1, 2, 3].map((bytes) => context.allocateAsync(bytes, { stream }));
    const freed: (readonly [string, bigint])[] = [];
    const { calls } = context;
    const freeAsync = calls.cuMemFreeAsync.bind(calls);
    calls.cuMemFreeAsync = (address, handle) => {
      freed.push(['cuMemFreeAsync', handle]);
      return freeAsync(address, handle);
    };
    a?.release();
    b?.releaseOn(other);
    b?.releaseOn(stream);
    expect(freed).toEqual([
      ['cuMemFreeAsync', stream.handle],
      ['cuMemFreeAsync', other.handle],
    ]);
    stream.release();
    c?.release();
    expect(watched.names.at(-1)).toBe('cuMemFree_v2');
  });

  it('comes back to the byte', () => {
    using context = emulatedContext();
    const before = context.memoryInfo();
    for (let i = 1; i < 20; i += 1) {
      context.allocateAsync(1000 * i, { stream: context.defaultStream }).release();
    }
    expect(context.memoryInfo()).toEqual(before);
  });

  it('runs out with the same error as other memory, and then there is some again', () => {
    using context = emulatedContext({ totalMemoryBytes: 1024 });
    const { defaultStream: stream } = context;
    const all = context.allocateAsync(1024, { stream });
    const error = cudaErrorOf(() => context.allocateAsync(1, { stream }));
    expect([error.name, error.call]).toEqual(['CUDA_ERROR_OUT_OF_MEMORY', 'cuMemAllocAsync']);
    all.release();
    context.allocateAsync(1024, { stream }).release();
  });

  it('is the only kind to be released on a stream', () => {
    using context = emulatedContext();
    using buffer = context.allocate(4);
    expect(() => buffer.releaseOn(context.defaultStream)).toThrow(
      `${buffer.label} was not allocated in the order of a stream: release it with release().`,
    );
  });
});

describe('a MemoryPool', () => {
  it('says what it has in use and in reserve, and keeps as much as its threshold', () => {
    using context = emulatedContext();
    const { defaultStream: stream } = context;
    using pool = context.createMemoryPool({ releaseThresholdBytes: 600 });
    expect([pool.usedBytes, pool.reservedBytes, pool.releaseThresholdBytes]).toEqual([0, 0, 600]);
    const buffer = context.allocateAsync(1000, { stream, pool });
    expect([pool.usedBytes, pool.reservedBytes]).toEqual([1000, 1000]);
    buffer.release();
    expect([pool.usedBytes, pool.reservedBytes]).toEqual([0, 600]);
    pool.trimTo(100);
    expect(pool.reservedBytes).toBe(100);
    pool.releaseThresholdBytes = 50;
    expect([pool.releaseThresholdBytes, pool.reservedBytes]).toEqual([50, 50]);
  });

  it('may have a limit of its own', () => {
    using context = emulatedContext();
    using pool = context.createMemoryPool({ maxBytes: 1000 });
    const { defaultStream: stream } = context;
    expect(() => context.allocateAsync(1001, { stream, pool })).toThrow(
      /^CUDA_ERROR_OUT_OF_MEMORY \(2\) from cuMemAllocFromPoolAsync\(.*raise the pool's maxBytes/,
    );
    context.allocateAsync(1000, { stream, pool }).release();
  });

  it('may go before what was allocated from it', () => {
    using context = emulatedContext();
    const pool = context.createMemoryPool();
    const buffer = context.allocateAsync(4, { stream: context.defaultStream, pool });
    pool.release();
    buffer.fill(1);
    buffer.release();
  });

  it('of the device is there from the start, the same one every time, and stays', () => {
    using context = emulatedContext();
    const { defaultMemoryPool: pool, defaultStream: stream } = context;
    expect(pool.label).toBe('The default memory pool of device 0');
    context.allocateAsync(512, { stream });
    expect(pool.usedBytes).toBe(512);
    pool.release();
    expect(context.defaultMemoryPool.usedBytes).toBe(512);
  });

  it('takes whole numbers of bytes only', () => {
    using context = emulatedContext();
    expect(() => context.createMemoryPool({ maxBytes: 0.5 })).toThrow(RangeError);
    expect(() => context.createMemoryPool({ releaseThresholdBytes: -1 })).toThrow(RangeError);
    expect(() => context.defaultMemoryPool.trimTo(Number.NaN)).toThrow(RangeError);
  });
});
