import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/driver/index.js';
import { cudaErrorOf, emulate, emulatedContext } from './emulated.js';
import { paramsOf, prepare, testKernels } from './kernels.js';

function twoContexts(): [Context, Context] {
  const driver = emulate({ deviceCount: 2, kernels: testKernels });
  return [driver.device(0).retainPrimaryContext(), driver.device(1).retainPrimaryContext()];
}

describe('two devices', () => {
  it.each([
    ['at once', () => ({})],
    ['on a stream', (context: Context) => ({ stream: context.createStream() })],
  ])('copy from one to the other, %s, without peer access too', (_, options) => {
    const [first, second] = twoContexts();
    const [source, target] = [first.allocate(4), second.allocate(4)];
    source.copyFrom(Uint8Array.of(1, 2, 3, 4));
    target.fill(0);
    target.copyFromDevice(source, { sourceOffset: 1, offset: 2, byteLength: 2, ...options(second) });
    second.synchronizeBlocking();
    const back = new Uint8Array(4);
    target.copyTo(back);
    expect([...back]).toEqual([0, 0, 2, 3]);
  });

  it('can be peers of each other, and no device of itself', () => {
    const driver = emulate({ deviceCount: 2 });
    const [a, b] = [driver.device(0), driver.device(1)];
    expect([a.canAccessPeer(b), b.canAccessPeer(a), a.canAccessPeer(a)]).toEqual([true, true, false]);
  });

  it("reach each other's memory in kernels once that is enabled, in one direction", () => {
    const [first, second] = twoContexts();
    const buffer = second.allocate(1);
    buffer.fill(7);
    first.enablePeerAccess(second);
    first.enablePeerAccess(second);
    prepare(first, 'increment', { params: paramsOf(buffer.address, 1) }).launch();
    first.synchronizeBlocking();
    const back = new Uint8Array(1);
    buffer.copyTo(back);
    expect([...back]).toEqual([8]);
    prepare(second, 'increment', { params: paramsOf(first.allocate(1).address, 1) }).launch();
    expect(cudaErrorOf(() => second.synchronizeBlocking()).name).toBe('CUDA_ERROR_ILLEGAL_ADDRESS');
  });

  it('refuse access to a device itself, with a sentence on what to ask first', () => {
    using context = emulatedContext();
    expect(() => context.enablePeerAccess(context)).toThrow(/device\.canAccessPeer/);
  });
});

describe('what another library owns', () => {
  it('is a stream like others, which is not destroyed with the object', () => {
    using context = emulatedContext({ kernels: testKernels });
    using theirs = context.createStream();
    const adopted = context.adoptStream(theirs.handle);
    prepare(context, 'idle', { stream: adopted }).launch();
    adopted.capture(() => {}).launch(adopted);
    adopted.release();
    theirs.synchronizeBlocking();
    expect(adopted.label).toBe(`Adopted stream 0x${theirs.handle.toString(16)}`);
  });

  it('is memory like other, which is not freed with the object', () => {
    using context = emulatedContext();
    using theirs = context.allocate(8);
    {
      using adopted = context.adoptBuffer(theirs.address + 4n, 4);
      adopted.fill(3);
      expect(() => adopted.copyFrom(new Uint8Array(5))).toThrow(
        /^5 bytes at offset 0 end at byte 5, but Adopted/,
      );
    }
    const back = new Uint8Array(4);
    theirs.copyTo(back, { offset: 4 });
    expect([...back]).toEqual([3, 3, 3, 3]);
  });
});
