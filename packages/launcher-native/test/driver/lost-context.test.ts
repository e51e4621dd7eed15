import { describe, expect, it } from 'vitest';
import { type Context, ContextLostError, CudaError, Device } from '../../src/driver/index.js';
import { WatchedCalls } from '../launch/watched-calls.js';
import { cudaErrorOf, emulate, emulatedContext } from './emulated.js';
import { paramsOf, prepare, testKernels } from './kernels.js';

const context = () => emulatedContext({ kernels: testKernels });

/** A launch that accesses what is not allocated. */
const fault = (ctx: Context, stream = ctx.defaultStream) =>
  prepare(ctx, 'increment', { params: paramsOf(16n, 1), stream }).launch();

describe('an error that makes the context unusable', () => {
  it('is a CudaError that names the launch before it', () => {
    using ctx = context();
    fault(ctx);
    const error = cudaErrorOf(() => ctx.defaultStream.synchronizeBlocking());
    expect(error.suspects).toEqual(['increment']);
    expect(error.message).toMatch(
      /^CUDA_ERROR_ILLEGAL_ADDRESS \(700\) from cuStreamSynchronize\(.* It came after the launch of increment\.$/,
    );
  });

  it('names all launches that nobody has synchronised with, since the driver does not say which it was', () => {
    using ctx = context();
    const idle = prepare(ctx, 'idle');
    const increment = prepare(ctx, 'increment', { params: paramsOf(16n, 1) });
    idle.launch();
    idle.launch();
    increment.launch();
    expect(() => ctx.synchronizeBlocking()).toThrow(
      /It came after one of these launches: idle \(2 times\), increment\. CUDA_LAUNCH_BLOCKING=1 shows which\.$/,
    );
  });

  it.each<[string, (ctx: Context) => unknown]>([
    ['its stream', (ctx) => ctx.defaultStream.synchronizeBlocking()],
    ['its stream, by asking', (ctx) => ctx.defaultStream.query()],
    ['the context', (ctx) => ctx.synchronizeBlocking()],
  ])('does not name launches before %s was synchronised with', (_, synchronize) => {
    using ctx = context();
    prepare(ctx, 'idle').launch();
    synchronize(ctx);
    fault(ctx);
    expect(cudaErrorOf(() => ctx.synchronizeBlocking()).suspects).toEqual(['increment']);
  });

  it('still names launches in other streams than the one synchronised with', () => {
    using ctx = context();
    const [a, b] = [ctx.createStream(), ctx.createStream()];
    prepare(ctx, 'idle', { stream: a }).launch();
    b.synchronizeBlocking();
    fault(ctx, b);
    expect(cudaErrorOf(() => b.synchronizeBlocking()).suspects).toEqual(['idle', 'increment']);
  });

  it('names 16 launches at most, the latest', () => {
    using ctx = context();
    const idle = prepare(ctx, 'idle');
    for (let i = 0; i < 100; i += 1) idle.launch();
    fault(ctx);
    const { suspects } = cudaErrorOf(() => ctx.synchronizeBlocking());
    expect([suspects.length, suspects.at(-2), suspects.at(-1)]).toEqual([16, 'idle', 'increment']);
  });

  it('names a graph by its label, and not the launches that were only recorded', () => {
    using ctx = context();
    const stream = ctx.createStream();
    const graph = stream.capture(() => fault(ctx, stream));
    graph.launch(stream);
    expect(cudaErrorOf(() => stream.synchronizeBlocking()).suspects).toEqual([graph.label]);
  });
});

describe('a lost context', () => {
  function lost(): { readonly ctx: Context; readonly watched: WatchedCalls; readonly error: CudaError } {
    const watched = new WatchedCalls(emulate({ kernels: testKernels }).calls);
    const ctx = new Device(watched.calls, 0).retainPrimaryContext();
    fault(ctx);
    const error = cudaErrorOf(() => ctx.synchronizeBlocking());
    return { ctx, watched, error };
  }

  it('keeps the error', () => {
    const { ctx, error } = lost();
    expect(ctx.lostBy).toBe(error);
    expect(context().lostBy).toBe(undefined);
  });

  it.each<[string, (ctx: Context) => () => unknown]>([
    ['allocating', (ctx) => () => ctx.allocate(4)],
    ['allocating page-locked memory', (ctx) => () => ctx.allocatePinned(4)],
    ['launching', (ctx) => () => prepare(ctx, 'idle')],
    ['synchronising', (ctx) => () => ctx.defaultStream.synchronizeBlocking()],
    ['creating a stream', (ctx) => () => ctx.createStream()],
    ['capturing', (ctx) => () => ctx.defaultStream.capture(() => {})],
    ['asking for free memory', (ctx) => () => ctx.memoryInfo()],
    ['retaining the context again', (ctx) => () => new Device(ctx.calls, 0).retainPrimaryContext()],
  ])('fails at once, with the reason and without asking the driver: %s', (_, make) => {
    const { ctx, watched, error } = lost();
    const use = make(ctx);
    const before = watched.names.length;
    expect(use).toThrow(ContextLostError);
    expect(use).toThrow(
      'The context of device 0 is lost since CUDA_ERROR_ILLEGAL_ADDRESS (700) from cuCtxSynchronize, after launches of increment. ' +
        'CUDA lets this process use its GPUs no more: go on in a new one.',
    );
    expect(watched.names.slice(before).filter((name) => name !== 'cuDeviceGet')).toEqual([]);
    expect(ctx.lostBy).toBe(error);
  });

  it('fails at a launch that was prepared before, and for whoever awaits', async () => {
    using ctx = context();
    const [stream, idle] = [ctx.createStream(), prepare(ctx, 'idle')];
    fault(ctx);
    expect(() => ctx.synchronizeBlocking()).toThrow(CudaError);
    expect(() => idle.launch()).toThrow(ContextLostError);
    await expect(stream.synchronize()).rejects.toThrow(ContextLostError);
  });

  it('is released in silence, with all that lives in it', async () => {
    const ctx = context();
    const [stream, event] = [ctx.createStream(), ctx.createEvent()];
    const [buffer, pinned, pool] = [ctx.allocate(4), ctx.allocatePinned(4), ctx.createMemoryPool()];
    const graph = stream.capture(() => {});
    const pooled = ctx.allocateAsync(4, { stream, pool });
    fault(ctx);
    expect(() => ctx.synchronizeBlocking()).toThrow(CudaError);
    for (const resource of [buffer, pinned, graph, pooled, event, pool]) resource.release();
    await stream[Symbol.asyncDispose]();
    ctx.release();
    expect([stream.isReleased, ctx.isReleased]).toEqual([true, true]);
  });

  it('is found lost by the next use when a release was the first to meet the error', () => {
    using ctx = context();
    const buffer = ctx.allocate(4);
    fault(ctx);
    buffer.release();
    expect(() => ctx.allocate(4)).toThrow(
      /is lost since CUDA_ERROR_ILLEGAL_ADDRESS \(700\) from cuMemFree_v2/,
    );
  });

  it('is lost with the contexts of all other devices, where the error names launches of the first', () => {
    const driver = emulate({ kernels: testKernels, deviceCount: 2 });
    using first = driver.device(0).retainPrimaryContext();
    using second = driver.device(1).retainPrimaryContext();
    fault(first);
    expect(cudaErrorOf(() => second.synchronizeBlocking()).suspects).toEqual(['increment']);
    expect(() => first.allocate(4)).toThrow(/^The context of device 0 is lost since/);
    expect(() => second.allocate(4)).toThrow(/^The context of device 1 is lost since/);
  });

  it('is a matter of the process: another driver, as another process has it, works', () => {
    using ctx = context();
    fault(ctx);
    expect(() => ctx.synchronizeBlocking()).toThrow(CudaError);
    using other = context();
    prepare(other, 'idle').launch();
    other.synchronizeBlocking();
  });
});

describe('too little memory', () => {
  it('does not lose the context: after a release there is some again', () => {
    using ctx = emulatedContext({ totalMemoryBytes: 1024 });
    const all = ctx.allocate(1024);
    expect(cudaErrorOf(() => ctx.allocate(1)).name).toBe('CUDA_ERROR_OUT_OF_MEMORY');
    expect(ctx.lostBy).toBe(undefined);
    all.release();
    ctx.allocate(1024).fill(1);
  });
});
