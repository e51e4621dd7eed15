import { describe, expect, it } from 'vitest';
import { type Context, Device, type Driver } from '../../src/driver/index.js';
import type { Resource } from '../../src/driver/safe/resource.js';
import { WatchedCalls } from '../launch/watched-calls.js';
import { cudaErrorOf, emulate, emulatedContext, fakeCubin, fakeKernel } from './emulated.js';

const cubin = fakeCubin({ arch: 'sm90a', kernels: [fakeKernel('gemm')] });
const one = { x: 1, y: 1, z: 1 };

const makers: readonly [string, (context: Context) => Resource][] = [
  ['PinnedBuffer', (context) => context.allocatePinned(16)],
  ['MemoryPool', (context) => context.createMemoryPool()],
  ['Graph', (context) => context.createStream().capture(() => {})],
  ['Adopted stream', (context) => context.adoptStream(0x7f00n)],
  ['Adopted DeviceBuffer', (context) => context.adoptBuffer(0x7f00n, 16)],
  ['DeviceBuffer', (context) => context.allocate(16)],
  ['Stream', (context) => context.createStream()],
  ['Event', (context) => context.createEvent()],
  ['Module', (context) => context.loadModule(cubin)],
];

describe.each(makers)('a %s', (kind, make) => {
  it('is released at the end of its `using` block', () => {
    using context = emulatedContext();
    let kept: Resource;
    {
      using resource = make(context);
      kept = resource;
      expect(resource.isReleased).toBe(false);
    }
    expect(kept.isReleased).toBe(true);
  });

  it('may be released twice', () => {
    using context = emulatedContext();
    const resource = make(context);
    resource.release();
    resource.release();
    resource[Symbol.dispose]();
  });

  it('is released with its context, and may be released after it', () => {
    const context = emulatedContext();
    const resource = make(context);
    context.release();
    expect(resource.isReleased).toBe(true);
    resource.release();
  });

  it(`is named in errors as ${kind}`, () => {
    using context = emulatedContext();
    expect(make(context).label).toMatch(new RegExp(`^${kind} (0x|of)`));
  });
});

describe('a Context', () => {
  it('may be released twice', () => {
    const context = emulatedContext();
    context.release();
    context.release();
  });

  it('releases the newest objects first', () => {
    const watched = new WatchedCalls(emulate().calls);
    const context = new Device(watched.calls, 0).retainPrimaryContext();
    context.allocate(16);
    context.createStream();
    context.loadModule(cubin);
    context.release();
    expect(watched.names.slice(-4)).toEqual([
      'cuModuleUnload',
      'cuStreamDestroy_v2',
      'cuMemFree_v2',
      'cuDevicePrimaryCtxRelease_v2',
    ]);
  });

  it('forgets objects that were released before it', () => {
    using context = emulatedContext({ totalMemoryBytes: 4096 });
    for (let i = 0; i < 100; i += 1) context.allocate(4096).release();
  });

  it('shares the primary context, which goes with its last reference', () => {
    const device = emulate().device(0);
    const [a, b] = [device.retainPrimaryContext(), device.retainPrimaryContext()];
    expect(a.handle).toBe(b.handle);
    const buffer = b.allocate(16);
    a.release();
    buffer.fill(1);
    b.release();
    expect(device.retainPrimaryContext().handle).not.toBe(a.handle);
  });

  it('releases everything even if one release fails, and then reports that', () => {
    const context = emulatedContext();
    const [a, b] = [context.allocate(16), context.allocate(16)];
    context.calls.cuMemFree_v2(b.address);
    expect(cudaErrorOf(() => context.release()).call).toBe('cuMemFree_v2');
    expect([a.isReleased, b.isReleased, context.isReleased]).toEqual([true, true, true]);
  });
});

describe('two contexts', () => {
  function twoContexts(): [Driver, Context, Context] {
    const driver = emulate({ deviceCount: 2 });
    return [driver, driver.device(0).retainPrimaryContext(), driver.device(1).retainPrimaryContext()];
  }

  it('may be used in turn: each object makes its own current', () => {
    const [, first, second] = twoContexts();
    const [a, b] = [first.allocate(4), second.allocate(4)];
    a.fill(1);
    b.fill(2);
    const back = new Uint8Array(8);
    a.copyTo(back.subarray(0, 4));
    b.copyTo(back.subarray(4));
    expect([...back]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    b.release();
    a.release();
  });

  it('are found again by objects after one of them is gone', () => {
    const [, first, second] = twoContexts();
    const buffer = first.allocate(4);
    second.release();
    buffer.fill(3);
  });

  it("do not mix: a launch into the other's stream is refused by name", () => {
    const [, first, second] = twoContexts();
    const kernel = first.loadModule(cubin).getKernel('gemm');
    const params = new Uint8Array(16);
    const prepared = kernel.prepareLaunch({ grid: one, block: one, params, stream: first.defaultStream });
    const stream = second.createStream();
    expect(() => prepared.launch(stream)).toThrow(
      `${stream.label} and kernel gemm are in different contexts, so it cannot be launched there.`,
    );
  });
});
