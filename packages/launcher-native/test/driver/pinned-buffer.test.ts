import { describe, expect, it } from 'vitest';
import { Device } from '../../src/driver/index.js';
import { WatchedCalls } from '../launch/watched-calls.js';
import { cudaErrorOf, emulate, emulatedContext } from './emulated.js';

describe('a PinnedBuffer', () => {
  it('starts out as zeros, and has the size asked for', () => {
    using context = emulatedContext();
    using pinned = context.allocatePinned(1000);
    expect(pinned.bytes).toEqual(new Uint8Array(1000));
    expect([pinned.byteLength, pinned.label]).toEqual([1000, 'PinnedBuffer of 1000 bytes']);
  });

  it('is copied from and to like any host memory, in whole and in part', () => {
    using context = emulatedContext();
    using stream = context.createStream();
    using pinned = context.allocatePinned(4);
    using buffer = context.allocate(4);
    pinned.bytes.set([1, 2, 3, 4]);
    buffer.copyFrom(pinned, { stream });
    pinned.bytes.fill(0);
    buffer.copyTo(pinned, { stream });
    stream.synchronizeBlocking();
    expect([...pinned.bytes]).toEqual([1, 2, 3, 4]);
    buffer.copyTo(pinned.bytes.subarray(2), { offset: 1 });
    expect([...pinned.bytes]).toEqual([1, 2, 2, 3]);
  });

  it('leaves views that were kept for too long harmless: they show ordinary memory', () => {
    using context = emulatedContext();
    const pinned = context.allocatePinned(4);
    const kept = pinned.bytes;
    pinned.release();
    kept[0] = 5;
    expect(kept[0]).toBe(5);
    expect(() => pinned.bytes).toThrow('PinnedBuffer of 4 bytes was used after it was released.');
  });

  it('waits for the context before it is unlocked, since copies may still be using it', () => {
    const watched = new WatchedCalls(emulate().calls);
    using context = new Device(watched.calls, 0).retainPrimaryContext();
    const pinned = context.allocatePinned(4);
    pinned.release();
    expect(watched.names.slice(-2)).toEqual(['cuCtxSynchronize', 'cuMemHostUnregister']);
  });

  it('of no bytes is an invalid value, and of no whole number a RangeError', () => {
    using context = emulatedContext();
    expect(cudaErrorOf(() => context.allocatePinned(0)).name).toBe('CUDA_ERROR_INVALID_VALUE');
    expect(() => context.allocatePinned(-1)).toThrow(RangeError);
  });

  it('says what to do when the system locks no more memory', () => {
    using context = emulatedContext();
    context.calls.cuMemHostRegister_v2 = () => 2;
    expect(() => context.allocatePinned(16)).toThrow(
      'CUDA_ERROR_OUT_OF_MEMORY (2) from cuMemHostRegister_v2(bytes: 16): the system cannot lock that much memory.',
    );
  });
});
