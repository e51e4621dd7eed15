import { describe, expect, it } from 'vitest';
import { type Context, CudaError, Device, type Driver } from '../../src/driver/index.js';
import { type Failure, releasingCalls, WatchedCalls } from '../launch/watched-calls.js';
import { emulate } from './emulated.js';
import { paramsOf, prepare, testKernels } from './kernels.js';

// Every driver call of a life with all kinds of objects is made to fail in turn. As test/launch/failing-driver.test.ts, which
// loads and launches a GEMM.

/** Page-locked memory goes to the device, through a graph that two streams take part in, and back. */
async function liveWithGraphs(context: Context): Promise<void> {
  const { greatest } = context.streamPriorityRange;
  await using stream = context.createStream({ priority: greatest, nonBlocking: true });
  using other = context.createStream({ nonBlocking: true });
  using fork = context.createEvent({ timing: false });
  using join = context.createEvent({ timing: false });
  using pool = context.createMemoryPool({ releaseThresholdBytes: 4096 });
  using pinned = context.allocatePinned(8);
  using buffer = context.allocateAsync(8, { stream, pool });
  using copy = context.allocate(8);
  const launch = prepare(context, 'increment', { params: paramsOf(buffer.address, 8), stream });
  using graph = stream.capture(() => {
    buffer.copyFrom(pinned, { stream });
    launch.launch();
    stream.record(fork);
    other.waitFor(fork);
    copy.copyFromDevice(buffer, { stream: other });
    other.record(join);
    stream.waitFor(join);
    copy.copyTo(pinned, { stream });
  });
  graph.launch(stream);
  graph.launch(stream);
  await stream.synchronize();
  pool.trimTo(0);
  expect([...pinned.bytes]).toEqual(Array(8).fill(2));
}

const newDriver = () => emulate({ kernels: testKernels });

async function outcomeOf(driver: Driver, failure?: Failure) {
  using observer = driver.device(0).retainPrimaryContext();
  const before = observer.memoryInfo();
  const watched = new WatchedCalls(driver.calls, failure);
  let error: unknown;
  let left: readonly string[] = [];
  try {
    using context = new Device(watched.calls, 0).retainPrimaryContext();
    try {
      await liveWithGraphs(context);
    } finally {
      // The context would release on its way what others forgot; the module is left to it here.
      left = watched.alive.filter((kind) => kind !== 'context' && kind !== 'module');
    }
  } catch (caught) {
    error = caught;
  }
  const { freeBytes } = observer.memoryInfo();
  return { error, left, alive: watched.alive, names: watched.names, lostBytes: before.freeBytes - freeBytes };
}

const { names } = await outcomeOf(newDriver());

/** Calls of releases; page-locked memory waits for the context first. A capture is ended again if that fails. */
const ending = new Set([...releasingCalls, 'cuCtxSynchronize']);
ending.delete('cuStreamEndCapture');
const positions = names.map((name, at): [string, number] => [name, at]);
const working = positions.filter(([name]) => !ending.has(name));
const releasing = positions.filter(([name]) => ending.has(name));

/** The error itself, if disposing of something failed as well: then `using` reports both. */
function firstOf(error: unknown): unknown {
  return error instanceof Error && 'suppressed' in error ? firstOf(error.suppressed) : error;
}

describe('a life with graphs, pools and page-locked memory', () => {
  it('leaves nothing behind', async () => {
    const { error, left, alive, lostBytes } = await outcomeOf(newDriver());
    expect({ error, left, alive, lostBytes }).toEqual({
      error: undefined,
      left: [],
      alive: [],
      lostBytes: 0,
    });
  });

  it('makes all of the calls that are not made elsewhere', () => {
    const expected = [
      ...['cuCtxGetStreamPriorityRange', 'cuMemHostRegister_v2', 'cuMemHostUnregister'],
      ...['cuMemPoolCreate', 'cuMemPoolSetAttribute', 'cuMemPoolTrimTo', 'cuMemPoolDestroy'],
      ...['cuMemAllocFromPoolAsync', 'cuMemFreeAsync', 'cuMemcpyHtoDAsync_v2', 'cuMemcpyDtoHAsync_v2'],
      ...['cuMemcpyDtoDAsync_v2', 'cuStreamBeginCapture_v2', 'cuStreamEndCapture', 'cuGraphGetNodes'],
      ...['cuGraphInstantiateWithFlags', 'cuGraphDestroy', 'cuGraphLaunch', 'cuGraphExecDestroy'],
    ];
    expect(expected.filter((name) => !names.includes(name))).toEqual([]);
  });
});

const codes = {
  refused: 801, // CUDA_ERROR_NOT_SUPPORTED
  unknown: 999, // CUDA_ERROR_UNKNOWN
  sticky: 719, // CUDA_ERROR_LAUNCH_FAILED: the context is unusable, and releases fail silently
};

describe.each(Object.entries(codes))('with an error that is %s', (_, code) => {
  it.each(working)(
    'a failing %s (call %i) is a CudaError that names it, and nothing is left',
    async (name, at) => {
      const { error, left, alive, lostBytes } = await outcomeOf(newDriver(), { at, code });
      expect(firstOf(error)).toBeInstanceOf(CudaError);
      expect(firstOf(error)).toMatchObject({ call: name, code });
      expect({ left, alive, lostBytes }).toEqual({ left: [], alive: [], lostBytes: 0 });
    },
  );
});

describe('a failing release', () => {
  it.each(releasing)('%s (call %i) is reported, and keeps only what it was to end', async (name, at) => {
    const { error, alive } = await outcomeOf(newDriver(), { at, code: codes.unknown });
    expect(firstOf(error)).toMatchObject({ call: name, code: codes.unknown });
    expect(alive.length).toBe(name === 'cuCtxSynchronize' ? 0 : 1);
  });
});
