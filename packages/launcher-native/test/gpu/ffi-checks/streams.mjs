import assert from 'node:assert/strict';
import { assertCudaError } from './support.mjs';

/** Streams and events. */
export const streamChecks = [
  {
    name: 'an idle stream is done, however it was created',
    async run({ context }) {
      for (const options of [{}, { nonBlocking: true }, { priority: -1 }]) {
        const stream = context.createStream(options);
        assert.equal(stream.query(), true);
        await stream.synchronize();
        stream.synchronizeBlocking();
        stream.release();
      }
      await context.defaultStream.synchronize();
    },
  },
  {
    name: 'events measure the time of a copy',
    async run({ context }) {
      const [stream, start, end] = [context.createStream(), context.createEvent(), context.createEvent()];
      const buffer = context.allocate(1 << 20);
      stream.record(start);
      buffer.fill(1, { stream });
      stream.record(end);
      await end.synchronize();
      const elapsed = end.elapsedMsSince(start);
      assert.ok(elapsed >= 0 && elapsed < 10_000, `${elapsed} ms`);
      for (const resource of [stream, start, end, buffer]) resource.release();
    },
  },
  {
    name: 'events never recorded, or without timing, measure nothing',
    run({ launcher, context }) {
      const [recorded, fresh] = [context.createEvent(), context.createEvent()];
      const untimed = context.createEvent({ timing: false });
      context.defaultStream.record(recorded);
      context.defaultStream.record(untimed);
      context.synchronizeBlocking();
      assert.equal(fresh.query(), true);
      assertCudaError(launcher, 'CUDA_ERROR_INVALID_HANDLE', () => fresh.elapsedMsSince(recorded));
      assertCudaError(launcher, 'CUDA_ERROR_INVALID_HANDLE', () => untimed.elapsedMsSince(recorded));
      for (const event of [recorded, fresh, untimed]) event.release();
    },
  },
  {
    name: 'a stream waits for an event of another',
    run({ context }) {
      const [a, b, event] = [context.createStream(), context.createStream(), context.createEvent()];
      const buffer = context.allocate(1 << 16);
      buffer.fill(1, { stream: a });
      a.record(event);
      b.waitFor(event);
      buffer.fill(2, { stream: b });
      b.synchronizeBlocking();
      const back = new Uint8Array(1 << 16);
      buffer.copyTo(back);
      assert.ok(back.every((byte) => byte === 2));
      for (const resource of [a, b, event, buffer]) resource.release();
    },
  },
  {
    name: 'a busy stream is not done, and awaiting it lets the event loop go on',
    needsGpu: true,
    needsKernels: true,
    async run({ launcher, driver, context, kernel }) {
      const params = driver.allocateParams(17_280);
      new DataView(params.buffer, params.byteOffset).setBigInt64(8, 50_000_000n, true);
      const [stream, start, end] = [context.createStream(), context.createEvent(), context.createEvent()];
      const one = { x: 1, y: 1, z: 1 };
      stream.record(start);
      kernel('ffi_spin').prepareLaunch({ grid: one, block: one, params, stream }).launch();
      stream.record(end);
      assert.equal(stream.query(), false);
      assert.equal(end.query(), false);
      assertCudaError(launcher, 'CUDA_ERROR_NOT_READY', () => end.elapsedMsSince(start));
      let turns = 0;
      const timer = setInterval(() => {
        turns += 1;
      }, 1);
      await stream.synchronize();
      clearInterval(timer);
      assert.ok(turns > 3, `${turns} turns`);
      assert.ok(end.elapsedMsSince(start) > 5);
      for (const resource of [stream, start, end]) resource.release();
    },
  },
];
