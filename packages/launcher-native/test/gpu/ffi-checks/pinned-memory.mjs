import assert from 'node:assert/strict';
import { assertSameBytes, randomBytes } from './support.mjs';

/** PinnedBuffer: memory of JavaScript's own, page-locked. */
export const pinnedMemoryChecks = [
  {
    name: 'page-locked memory of our own is copied asynchronously, in whole and in part',
    run({ context }) {
      const stream = context.createStream({ nonBlocking: true });
      for (const size of [1, 4096, 65_537, 8_388_619]) {
        const [source, target] = [context.allocatePinned(size), context.allocatePinned(size)];
        const buffer = context.allocate(size);
        source.bytes.set(randomBytes(size));
        buffer.copyFrom(source, { stream });
        buffer.copyTo(target, { stream });
        stream.synchronizeBlocking();
        assertSameBytes(target.bytes, source.bytes, `${size} bytes`);
        buffer.copyFrom(source.bytes.subarray(size >> 1), { stream });
        buffer.copyTo(target.bytes.subarray(size >> 1), { stream });
        stream.synchronizeBlocking();
        assertSameBytes(target.bytes, source.bytes, `half of ${size} bytes`);
        for (const resource of [source, target, buffer]) resource.release();
      }
      stream.release();
    },
  },
  {
    name: 'a release while a copy is under way waits for it, and views may be touched afterwards',
    run({ context }) {
      const size = 64 << 20;
      const stream = context.createStream({ nonBlocking: true });
      const [pinned, buffer] = [context.allocatePinned(size), context.allocate(size)];
      const kept = pinned.bytes;
      kept.fill(7);
      buffer.copyFrom(pinned, { stream });
      pinned.release();
      kept.fill(9);
      const back = new Uint8Array(size);
      buffer.copyTo(back, { stream });
      stream.synchronizeBlocking();
      assert.ok(back[0] === 7 && back[size - 1] === 7 && kept[size - 1] === 9);
      for (const resource of [stream, buffer]) resource.release();
    },
  },
  {
    name: 'a copy from page-locked memory returns before it is done',
    needsGpu: true,
    run({ context, note }) {
      const size = 256 << 20;
      const stream = context.createStream({ nonBlocking: true });
      const [pinned, buffer] = [context.allocatePinned(size), context.allocate(size)];
      const start = performance.now();
      buffer.copyFrom(pinned, { stream });
      const issuedMs = performance.now() - start;
      stream.synchronizeBlocking();
      const doneMs = performance.now() - start;
      note(`256 MiB: issued after ${issuedMs.toFixed(3)} ms, done after ${doneMs.toFixed(3)} ms`);
      assert.ok(issuedMs < doneMs / 2);
      for (const resource of [stream, pinned, buffer]) resource.release();
    },
  },
];
