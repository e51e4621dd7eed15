import { describe, expect, it } from 'vitest';
import { type Context, ReleasedError } from '../../src/driver/index.js';
import type { Resource } from '../../src/driver/safe/resource.js';
import { emulatedContext, fakeCubin, fakeKernel } from './emulated.js';

const cubin = fakeCubin({ arch: 'sm90a', kernels: [fakeKernel('gemm')] });
const one = { x: 1, y: 1, z: 1 };

/** Everything that can be done with an object that was released before. */
const uses: readonly [string, (context: Context) => () => unknown][] = [
  [
    'DeviceBuffer',
    (context) => {
      const buffer = released(context.allocate(16));
      return () => buffer.copyFrom(new Uint8Array(1));
    },
  ],
  [
    'DeviceBuffer',
    (context) => {
      const buffer = released(context.allocate(16));
      return () => buffer.copyTo(new Uint8Array(0));
    },
  ],
  [
    'DeviceBuffer',
    (context) => {
      const buffer = released(context.allocate(16));
      return () => buffer.fill(0);
    },
  ],
  [
    'DeviceBuffer',
    (context) => {
      const buffer = released(context.allocate(16));
      return () => buffer.address;
    },
  ],
  [
    'DeviceBuffer',
    (context) => {
      const source = released(context.allocate(16));
      const buffer = context.allocate(16);
      return () => buffer.copyFromDevice(source);
    },
  ],
  [
    'Stream',
    (context) => {
      const stream = released(context.createStream());
      return () => stream.query();
    },
  ],
  [
    'Stream',
    (context) => {
      const stream = released(context.createStream());
      return () => stream.synchronizeBlocking();
    },
  ],
  [
    'Stream',
    (context) => {
      const stream = released(context.createStream());
      return () => context.allocate(4).fill(0, { stream });
    },
  ],
  [
    'Stream',
    (context) => {
      const stream = released(context.createStream());
      const kernel = context.loadModule(cubin).getKernel('gemm');
      return () => kernel.prepareLaunch({ grid: one, block: one, params: new Uint8Array(16), stream });
    },
  ],
  [
    'Event',
    (context) => {
      const event = released(context.createEvent());
      return () => context.defaultStream.record(event);
    },
  ],
  [
    'Event',
    (context) => {
      const event = released(context.createEvent());
      return () => context.defaultStream.waitFor(event);
    },
  ],
  [
    'Event',
    (context) => {
      const event = released(context.createEvent());
      return () => event.query();
    },
  ],
  [
    'Event',
    (context) => {
      const event = released(context.createEvent());
      return () => context.createEvent().elapsedMsSince(event);
    },
  ],
  [
    'PinnedBuffer',
    (context) => {
      const pinned = released(context.allocatePinned(16));
      return () => pinned.bytes;
    },
  ],
  [
    'PinnedBuffer',
    (context) => {
      const pinned = released(context.allocatePinned(16));
      return () => context.allocate(16).copyFrom(pinned);
    },
  ],
  [
    'MemoryPool',
    (context) => {
      const pool = released(context.createMemoryPool());
      return () => pool.usedBytes;
    },
  ],
  [
    'MemoryPool',
    (context) => {
      const pool = released(context.createMemoryPool());
      return () => context.allocateAsync(16, { stream: context.defaultStream, pool });
    },
  ],
  [
    'Graph',
    (context) => {
      const graph = released(context.createStream().capture(() => {}));
      return () => graph.launch(context.defaultStream);
    },
  ],
  [
    'Stream',
    (context) => {
      const stream = released(context.createStream());
      return () => stream.capture(() => {});
    },
  ],
  [
    'Module',
    (context) => {
      const module = released(context.loadModule(cubin));
      return () => module.getKernel('gemm');
    },
  ],
  [
    'Kernel gemm',
    (context) => {
      const module = context.loadModule(cubin);
      const kernel = module.getKernel('gemm');
      released(module);
      return () => kernel.attributes;
    },
  ],
  [
    'Kernel gemm',
    (context) => {
      const module = context.loadModule(cubin);
      const kernel = module.getKernel('gemm');
      released(module);
      return () => kernel.setMaxDynamicSharedMem(0);
    },
  ],
  [
    'Kernel gemm',
    (context) => {
      const module = context.loadModule(cubin);
      const params = new Uint8Array(16);
      const stream = context.defaultStream;
      const prepared = module.getKernel('gemm').prepareLaunch({ grid: one, block: one, params, stream });
      released(module);
      return () => prepared.launch();
    },
  ],
  [
    'The context of device 0',
    (context) => {
      released(context);
      return () => context.allocate(4);
    },
  ],
  [
    'The context of device 0',
    (context) => {
      released(context);
      return () => context.memoryInfo();
    },
  ],
  [
    'The default stream',
    (context) => {
      released(context);
      return () => context.defaultStream.query();
    },
  ],
];

function released<R extends Resource>(resource: R): R {
  resource.release();
  return resource;
}

describe('use after release', () => {
  it.each(uses)('is an error that names the object: %s', (named, make) => {
    using context = emulatedContext();
    const use = make(context);
    expect(use).toThrow(ReleasedError);
    expect(use).toThrow(new RegExp(`^${named}.* was used after it was released\\.$`));
  });

  it('is found by a synchronisation that is under way', async () => {
    using context = emulatedContext();
    const stream = released(context.createStream());
    await expect(stream.synchronize()).rejects.toThrow(ReleasedError);
  });
});
