import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Context, Stream } from '../../src/driver/index.js';
import { cudaAbi } from '../../src/driver/sys/index.js';
import { cudaErrorOf, emulatedContext } from './emulated.js';

const { CUDA_ERROR_NOT_READY, CUDA_ERROR_LAUNCH_FAILED } = cudaAbi.resultCodes;

/** Lets the emulator's streams and events, which are always done, be busy until a condition holds. */
function busyUntil(context: Context, isDone: () => boolean): void {
  const { calls } = context;
  for (const call of ['cuStreamQuery', 'cuEventQuery'] as const) {
    const query = calls[call].bind(calls);
    calls[call] = (handle) => (isDone() ? query(handle) : CUDA_ERROR_NOT_READY);
  }
}

describe.each([
  ['a Stream', (context: Context) => context.createStream()],
  ['the default stream', (context: Context) => context.defaultStream],
  ['an Event', (context: Context) => context.createEvent()],
])('await synchronize() of %s', (_, make) => {
  it('comes back when the work is done, and not before', async () => {
    using context = emulatedContext();
    const waiting = make(context);
    let isDone = false;
    busyUntil(context, () => isDone);
    setTimeout(() => {
      isDone = true;
    }, 20);
    await waiting.synchronize();
    expect(isDone).toBe(true);
    expect(waiting.query()).toBe(true);
  });

  it('lets the event loop go on meanwhile: the work may even wait for it', async () => {
    using context = emulatedContext();
    const waiting = make(context);
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    busyUntil(context, () => turns >= 5);
    await waiting.synchronize();
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(5);
  });

  it('lets timers fire on time meanwhile', async () => {
    using context = emulatedContext();
    const waiting = make(context);
    const end = performance.now() + 100;
    busyUntil(context, () => performance.now() >= end);
    const lateMs: number[] = [];
    let due = performance.now() + 5;
    const timer = setInterval(() => {
      lateMs.push(performance.now() - due);
      due = performance.now() + 5;
    }, 5);
    await waiting.synchronize();
    clearInterval(timer);
    const median = lateMs.toSorted((a, b) => a - b)[Math.floor(lateMs.length / 2)];
    expect(lateMs.length).toBeGreaterThan(5);
    expect(median).toBeLessThan(4);
  });

  it('stops polling at every turn after some milliseconds', async () => {
    using context = emulatedContext();
    const waiting = make(context);
    const end = performance.now() + 60;
    let polls = 0;
    busyUntil(context, () => {
      polls += 1;
      return performance.now() >= end;
    });
    const done = waiting.synchronize();
    await sleep(10);
    const eager = polls;
    await done;
    expect(polls - eager).toBeLessThan(60);
  });

  it('asks once when there is nothing to wait for', async () => {
    using context = emulatedContext();
    const waiting = make(context);
    let polls = 0;
    busyUntil(context, () => {
      polls += 1;
      return true;
    });
    await waiting.synchronize();
    expect(polls).toBe(1);
  });
});

describe('a Stream', () => {
  it('reports the failure of its work to whoever synchronises', async () => {
    using context = emulatedContext();
    const stream = context.createStream();
    context.calls.cuStreamQuery = () => CUDA_ERROR_LAUNCH_FAILED;
    await expect(stream.synchronize()).rejects.toThrow(
      /^CUDA_ERROR_LAUNCH_FAILED \(719\) from cuStreamQuery/,
    );
  });

  it('can be created with a priority, and apart from the default stream', () => {
    using context = emulatedContext();
    const made: [number, number][] = [];
    const create = context.calls.cuStreamCreateWithPriority.bind(context.calls);
    context.calls.cuStreamCreateWithPriority = (out, flags, priority) => {
      made.push([flags, priority]);
      return create(out, flags, priority);
    };
    context.createStream();
    context.createStream({ priority: -5, nonBlocking: true });
    expect(made).toEqual([
      [0, 0],
      [1, -5],
    ]);
  });

  it('says which priorities there are', () => {
    using context = emulatedContext();
    expect(context.streamPriorityRange).toEqual({ least: 0, greatest: -5 });
  });

  it('finishes its work before it goes, at the end of an `await using` block', async () => {
    using context = emulatedContext();
    let isDone = false;
    busyUntil(context, () => isDone);
    setTimeout(() => {
      isDone = true;
    }, 10);
    let kept: Stream;
    {
      await using stream = context.createStream();
      kept = stream;
    }
    expect([isDone, kept.isReleased]).toEqual([true, true]);
    await kept[Symbol.asyncDispose]();
  });

  it('goes at the end of an `await using` block even if its work failed, which is reported', async () => {
    using context = emulatedContext();
    const stream = context.createStream();
    context.calls.cuStreamQuery = () => CUDA_ERROR_LAUNCH_FAILED;
    await expect(stream[Symbol.asyncDispose]()).rejects.toThrow(/^CUDA_ERROR_LAUNCH_FAILED/);
    expect(stream.isReleased).toBe(true);
  });

  it('blocks the thread when asked to', () => {
    using context = emulatedContext();
    context.createStream().synchronizeBlocking();
    context.defaultStream.synchronizeBlocking();
    context.synchronizeBlocking();
  });

  it('waits for an event of another stream', () => {
    using context = emulatedContext();
    using event = context.createEvent();
    context.createStream().record(event);
    context.createStream().waitFor(event);
  });
});

describe('an Event', () => {
  it('is no promise: an async function can return one without waiting for it', async () => {
    using context = emulatedContext();
    busyUntil(context, () => false);
    const make = async () => context.createEvent();
    expect((await make()).query()).toBe(false);
  });

  it('measures milliseconds', async () => {
    using context = emulatedContext();
    const [start, end] = [context.createEvent(), context.createEvent()];
    context.defaultStream.record(start);
    await sleep(10);
    context.defaultStream.record(end);
    await end.synchronize();
    end.synchronizeBlocking();
    expect(end.elapsedMsSince(start)).toBeGreaterThan(8);
    expect(start.elapsedMsSince(end)).toBeLessThan(-8);
  });

  it('has happened before it is recorded', () => {
    using context = emulatedContext();
    expect(context.createEvent().query()).toBe(true);
  });

  it('measures nothing unless both ends were recorded', () => {
    using context = emulatedContext();
    const [start, end] = [context.createEvent(), context.createEvent()];
    context.defaultStream.record(start);
    expect(cudaErrorOf(() => end.elapsedMsSince(start)).name).toBe('CUDA_ERROR_INVALID_HANDLE');
  });

  it('measures nothing when it was created without timing', () => {
    using context = emulatedContext();
    const [start, end] = [context.createEvent({ timing: false }), context.createEvent()];
    context.defaultStream.record(start);
    context.defaultStream.record(end);
    expect(cudaErrorOf(() => end.elapsedMsSince(start)).name).toBe('CUDA_ERROR_INVALID_HANDLE');
  });
});
