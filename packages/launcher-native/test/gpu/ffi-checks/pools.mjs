import assert from 'node:assert/strict';
import { assertCudaError, assertSameBytes, randomBytes } from './support.mjs';

/** Stream-ordered memory. */
export const poolChecks = [
  {
    name: 'memory allocated in the order of a stream holds data, and is freed on any stream',
    run({ context }) {
      const [stream, other, event] = [context.createStream(), context.createStream(), context.createEvent()];
      for (const size of [1, 257, 1 << 20]) {
        const [a, b] = [context.allocateAsync(size, { stream }), context.allocateAsync(size, { stream })];
        const data = randomBytes(size);
        const back = new Uint8Array(size);
        a.copyFrom(data, { stream });
        b.copyFromDevice(a, { stream });
        b.copyTo(back, { stream });
        stream.record(event);
        other.waitFor(event);
        a.release();
        b.releaseOn(other);
        stream.synchronizeBlocking();
        assertSameBytes(back, data, `${size} bytes`);
      }
      for (const resource of [stream, other, event]) resource.release();
      context.synchronizeBlocking();
    },
  },
  {
    name: 'memory outlives its stream, and is freed without it',
    run({ context }) {
      const stream = context.createStream();
      const buffer = context.allocateAsync(1000, { stream });
      stream.synchronizeBlocking();
      stream.release();
      buffer.fill(1);
      buffer.release();
    },
  },
  {
    name: 'a pool says what it uses and keeps, and trims',
    run({ context }) {
      const stream = context.createStream();
      const pool = context.createMemoryPool({ releaseThresholdBytes: 1 << 30 });
      const buffer = context.allocateAsync(4 << 20, { stream, pool });
      assert.equal(pool.releaseThresholdBytes, 1 << 30);
      assert.ok(pool.usedBytes >= 4 << 20 && pool.reservedBytes >= pool.usedBytes);
      buffer.release();
      stream.synchronizeBlocking();
      assert.equal(pool.usedBytes, 0);
      assert.ok(pool.reservedBytes >= 4 << 20);
      pool.trimTo(0);
      assert.equal(pool.reservedBytes, 0);
      for (const resource of [pool, stream]) resource.release();
      assert.ok(context.defaultMemoryPool.usedBytes >= 0);
    },
  },
  {
    name: 'stream-ordered memory runs out with an error with a name, and the context goes on',
    run({ launcher, device, context }) {
      const stream = context.createStream();
      assertCudaError(launcher, 'CUDA_ERROR_OUT_OF_MEMORY', () =>
        context.allocateAsync(2 * device.totalMemoryBytes, { stream }),
      );
      context.allocateAsync(16, { stream }).release();
      stream.synchronizeBlocking();
      stream.release();
    },
  },
];
