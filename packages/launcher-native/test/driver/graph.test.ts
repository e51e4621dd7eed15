import { describe, expect, it } from 'vitest';
import { CaptureError, type Context, type DeviceBuffer } from '../../src/driver/index.js';
import { cudaErrorOf, emulate, emulatedContext } from './emulated.js';
import { paramsOf, prepare, testKernels } from './kernels.js';

const context = () => emulatedContext({ kernels: testKernels });

function bytesOf(buffer: DeviceBuffer): number[] {
  const bytes = new Uint8Array(buffer.byteLength);
  buffer.copyTo(bytes);
  return [...bytes];
}

describe('a Graph', () => {
  it('does nothing when it is recorded, and everything each time it is launched', () => {
    using ctx = context();
    const [stream, buffer] = [ctx.createStream(), ctx.allocate(2)];
    buffer.fill(0);
    const launch = prepare(ctx, 'increment', { params: paramsOf(buffer.address, 2), stream });
    using graph = stream.capture(() => {
      launch.launch();
      launch.launch();
      launch.launch();
    });
    expect(bytesOf(buffer)).toEqual([0, 0]);
    graph.launch(stream);
    graph.launch(ctx.defaultStream);
    expect(bytesOf(buffer)).toEqual([6, 6]);
  });

  it('knows how many nodes it has, and which kernels it launches', () => {
    using ctx = context();
    const [stream, buffer] = [ctx.createStream(), ctx.allocate(2)];
    const graph = stream.capture(() => {
      buffer.fill(1, { stream });
      prepare(ctx, 'idle', { stream }).launch();
      prepare(ctx, 'increment', { stream }).launch();
    });
    expect([graph.nodeCount, graph.kernels]).toEqual([3, ['idle', 'increment']]);
    expect(graph.label).toMatch(/^Graph 0x[0-9a-f]+ of 3 nodes$/);
  });

  it('may be empty', () => {
    using ctx = context();
    const stream = ctx.createStream();
    const graph = stream.capture(() => {});
    graph.launch(stream);
    expect(graph.nodeCount).toBe(0);
  });

  it('keeps the parameters that a launch had when it was recorded', () => {
    using ctx = context();
    const [stream, buffer] = [ctx.createStream(), ctx.allocate(1)];
    buffer.fill(0);
    const params = paramsOf(buffer.address, 1);
    const launch = prepare(ctx, 'increment', { params, stream });
    const graph = stream.capture(() => launch.launch());
    params.fill(0xff);
    graph.launch(stream);
    expect(bytesOf(buffer)).toEqual([1]);
  });

  it('copies from and to page-locked memory as that is at each launch', () => {
    using ctx = context();
    const [stream, buffer] = [ctx.createStream(), ctx.allocate(3)];
    const [source, target] = [ctx.allocatePinned(3), ctx.allocatePinned(3)];
    const params = paramsOf(buffer.address, 3);
    const graph = stream.capture(() => {
      buffer.copyFrom(source, { stream });
      prepare(ctx, 'increment', { params, stream }).launch();
      buffer.copyTo(target.bytes.subarray(0, 3), { stream });
    });
    source.bytes.set([1, 2, 3]);
    graph.launch(stream);
    expect([...target.bytes]).toEqual([2, 3, 4]);
    source.bytes.set([7, 8, 9]);
    graph.launch(stream);
    expect([...target.bytes]).toEqual([8, 9, 10]);
  });

  it('takes in other streams that wait for an event of the captured one, and are waited for', () => {
    using ctx = context();
    const [a, b] = [ctx.createStream(), ctx.createStream()];
    const [fork, join] = [ctx.createEvent(), ctx.createEvent()];
    const buffer = ctx.allocate(2);
    const graph = a.capture(() => {
      a.record(fork);
      b.waitFor(fork);
      buffer.fill(5, { stream: b });
      b.record(join);
      a.waitFor(join);
    });
    buffer.fill(0);
    graph.launch(a);
    expect(bytesOf(buffer)).toEqual([5, 5]);
    b.synchronizeBlocking();
  });

  it('is not launched into the stream of another context', () => {
    const driver = emulate({ deviceCount: 2 });
    const [a, b] = [driver.device(0).retainPrimaryContext(), driver.device(1).retainPrimaryContext()];
    const graph = a.createStream().capture(() => {});
    expect(() => graph.launch(b.defaultStream)).toThrow(
      `The default stream and ${graph.label} are in different contexts.`,
    );
  });
});

/** The stream can be used and captured again. */
function expectUsable(ctx: Context, stream = ctx.createStream()): void {
  stream.synchronizeBlocking();
  stream.capture(() => {}).release();
  ctx.allocate(4).release();
}

describe('a capture', () => {
  it('ends when what is recorded throws, and the error passes through', () => {
    using ctx = context();
    const stream = ctx.createStream();
    const error = new Error('mine');
    const capture = () =>
      stream.capture(() => {
        ctx.allocate(4);
        throw error;
      });
    expect(cudaErrorOf(capture).name).toBe('CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED');
    expect(() =>
      stream.capture(() => {
        throw error;
      }),
    ).toThrow(error);
    expectUsable(ctx, stream);
  });

  it.each<[string, (ctx: Context, stream: ReturnType<Context['createStream']>) => unknown]>([
    ['allocating', (ctx) => ctx.allocate(4)],
    ['allocating page-locked memory', (ctx) => ctx.allocatePinned(4)],
    ['synchronising the stream', (_, stream) => stream.synchronizeBlocking()],
    ['asking whether the stream is done', (_, stream) => stream.query()],
    ['synchronising the context', (ctx) => ctx.synchronizeBlocking()],
    ['copying without a stream', (ctx) => ctx.adoptBuffer(0x1000n, 4).copyFrom(new Uint8Array(4))],
    ['working on the default stream', (ctx) => prepare(ctx, 'idle').launch()],
    ['capturing again', (_, stream) => stream.capture(() => {})],
  ])('refuses %s, in one sentence, and leaves the stream usable', (_, record) => {
    using ctx = context();
    const stream = ctx.createStream();
    const error = cudaErrorOf(() => stream.capture(() => record(ctx, stream)));
    expect(error.message).toMatch(/captur/);
    expectUsable(ctx, stream);
  });

  it('is refused as a whole if it goes on after such an error', () => {
    using ctx = context();
    const stream = ctx.createStream();
    const error = cudaErrorOf(() =>
      stream.capture(() => {
        expect(() => ctx.allocate(4)).toThrow();
      }),
    );
    expect([error.name, error.call]).toEqual(['CUDA_ERROR_STREAM_CAPTURE_INVALIDATED', 'cuStreamEndCapture']);
    expectUsable(ctx, stream);
  });

  it('refuses host memory that is not page-locked, which the graph could outlive', () => {
    using ctx = context();
    const [stream, buffer] = [ctx.createStream(), ctx.allocate(4)];
    for (const copy of ['copyFrom', 'copyTo'] as const) {
      const capture = () => stream.capture(() => buffer[copy](new Uint8Array(4), { stream }));
      expect(capture).toThrow(CaptureError);
      expect(capture).toThrow(/PinnedBuffer/);
    }
    expectUsable(ctx, stream);
  });

  it('lets ordinary host memory be copied on a stream that takes no part', () => {
    using ctx = context();
    const [stream, other, buffer] = [
      ctx.createStream(),
      ctx.createStream({ nonBlocking: true }),
      ctx.allocate(1),
    ];
    const graph = stream.capture(() => buffer.copyFrom(Uint8Array.of(3), { stream: other }));
    expect(graph.nodeCount).toBe(0);
    expect(bytesOf(buffer)).toEqual([3]);
  });

  it('refuses an asynchronous function, which would go on after its end', () => {
    using ctx = context();
    const stream = ctx.createStream();
    expect(() => stream.capture(async () => {})).toThrow(/has to be synchronous/);
    expectUsable(ctx, stream);
  });

  it('refuses allocations in the order of a stream, and releases, which then can be made afterwards', () => {
    using ctx = context();
    const [stream, buffer] = [ctx.createStream(), ctx.allocate(4)];
    expect(() => stream.capture(() => ctx.allocateAsync(4, { stream }))).toThrow(CaptureError);
    expect(() => stream.capture(() => buffer.release())).toThrow(
      `${buffer.label} cannot be released while a stream is captured: release it afterwards.`,
    );
    expect(() => stream.capture(() => ctx.release())).toThrow(CaptureError);
    expect(buffer.isReleased).toBe(false);
    buffer.release();
    expectUsable(ctx, stream);
  });

  it('of the default stream is refused, and says which to take', () => {
    using ctx = context();
    expect(() => ctx.defaultStream.capture(() => {})).toThrow(/context\.createStream\(\)/);
    expectUsable(ctx);
  });

  it('has to wait for the streams it drew in', () => {
    using ctx = context();
    const [a, b, fork] = [ctx.createStream(), ctx.createStream(), ctx.createEvent()];
    const error = cudaErrorOf(() =>
      a.capture(() => {
        a.record(fork);
        b.waitFor(fork);
        prepare(ctx, 'idle', { stream: b }).launch();
      }),
    );
    expect(error.name).toBe('CUDA_ERROR_STREAM_CAPTURE_UNJOINED');
    expectUsable(ctx, a);
    expectUsable(ctx, b);
  });
});
