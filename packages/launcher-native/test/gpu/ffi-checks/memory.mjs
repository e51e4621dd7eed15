import assert from 'node:assert/strict';
import { assertCudaError, assertSameBytes, randomBytes } from './support.mjs';

const sizes = [1, 3, 255, 256, 257, 4096, 65_537, 1_048_577, 8_388_619];

/** Allocations, copies and fills. */
export const memoryChecks = [
  {
    name: 'random data of odd and even sizes comes back',
    run({ context }) {
      for (const size of sizes) {
        const buffer = context.allocate(size);
        const data = randomBytes(size);
        const back = new Uint8Array(size);
        buffer.copyFrom(data);
        buffer.copyTo(back);
        assertSameBytes(back, data, `${size} bytes`);
        assert.equal(buffer.address % 256n, 0n);
        buffer.release();
      }
    },
  },
  {
    name: 'parts come back, from and to host memory of any alignment, through a stream too',
    run({ context }) {
      const buffer = context.allocate(10_000);
      const stream = context.createStream();
      for (const [offset, length, shift] of [
        [0, 1, 1],
        [1, 999, 3],
        [4097, 5903, 7],
      ]) {
        for (const options of [{ offset }, { offset, stream }]) {
          const data = randomBytes(length + shift).subarray(shift);
          const back = new Uint8Array(length + 5).subarray(5);
          buffer.copyFrom(data, options);
          buffer.copyTo(back, options);
          stream.synchronizeBlocking();
          assertSameBytes(back, data, `${length} bytes at ${offset}`);
        }
      }
      stream.release();
      buffer.release();
    },
  },
  {
    name: "page-locked memory of the driver's is copied asynchronously",
    run({ launcher, context }) {
      const { calls } = context;
      context.makeCurrent();
      const { memory } = launcher.result;
      const stream = context.createStream();
      const buffer = context.allocate(1_000_003);
      const source = memory.allocateHost(calls, 1_000_003);
      const target = memory.allocateHost(calls, 1_000_003);
      source.bytes.set(randomBytes(1_000_003));
      buffer.copyFrom(source.bytes, { stream });
      buffer.copyTo(target.bytes, { stream });
      stream.synchronizeBlocking();
      assertSameBytes(target.bytes, source.bytes, 'page-locked');
      memory.freeHost(calls, source.address);
      memory.freeHost(calls, target.address);
      buffer.release();
      stream.release();
    },
  },
  {
    name: 'bytes are filled, all and in part',
    run({ context }) {
      const buffer = context.allocate(1001);
      const stream = context.createStream();
      buffer.fill(0xff);
      buffer.fill(0x5a, { offset: 3, byteLength: 500 });
      buffer.fill(0, { offset: 999, stream });
      stream.synchronizeBlocking();
      const back = new Uint8Array(1001);
      buffer.copyTo(back);
      const expected = new Uint8Array(1001).fill(0xff).fill(0x5a, 3, 503).fill(0, 999);
      assertSameBytes(back, expected, 'fill');
      stream.release();
      buffer.release();
    },
  },
  {
    name: 'bytes are copied within the device',
    run({ context }) {
      const source = context.allocate(100_003);
      const target = context.allocate(100_003);
      const data = randomBytes(100_003);
      source.copyFrom(data);
      target.fill(0);
      target.copyFromDevice(source, { sourceOffset: 3, offset: 1, byteLength: 99_999 });
      const back = new Uint8Array(100_003);
      target.copyTo(back);
      const expected = new Uint8Array(100_003);
      expected.set(data.subarray(3, 3 + 99_999), 1);
      assertSameBytes(back, expected, 'device to device');
      source.release();
      target.release();
    },
  },
  {
    name: 'memory runs out with an error with a name, and the context goes on',
    run({ launcher, device, context }) {
      const error = assertCudaError(launcher, 'CUDA_ERROR_OUT_OF_MEMORY', () =>
        context.allocate(2 * device.totalMemoryBytes),
      );
      assert.equal(error.code, 2);
      assert.equal(error.call, 'cuMemAlloc_v2');
      context.allocate(16).release();
    },
  },
  {
    name: 'no memory at all is an invalid value',
    run: ({ launcher, context }) =>
      assertCudaError(launcher, 'CUDA_ERROR_INVALID_VALUE', () => context.allocate(0)),
  },
  {
    name: 'a second free of an address is an invalid value',
    run({ launcher, context }) {
      const { memory } = launcher.result;
      context.makeCurrent();
      const address = memory.allocate(context.calls, 4096);
      memory.free(context.calls, address);
      assertCudaError(launcher, 'CUDA_ERROR_INVALID_VALUE', () => memory.free(context.calls, address));
    },
  },
  {
    name: 'a copy into freed memory is an invalid value, and breaks nothing',
    run({ launcher, context }) {
      const { memory } = launcher.result;
      context.makeCurrent();
      const address = memory.allocate(context.calls, 64 << 20);
      memory.free(context.calls, address);
      assertCudaError(launcher, 'CUDA_ERROR_INVALID_VALUE', () =>
        memory.copyHostToDevice(context.calls, address, new Uint8Array(16)),
      );
      context.synchronizeBlocking();
    },
  },
  {
    name: 'freed memory is free again, to the byte',
    run({ context }) {
      const cycle = () => {
        const buffers = [1, 1000, 1 << 20, 3 << 20].map((size) => context.allocate(size));
        const others = [context.createStream(), context.createEvent()];
        for (const resource of [...buffers, ...others]) resource.release();
      };
      cycle();
      const before = context.memoryInfo();
      for (let i = 0; i < 20; i += 1) cycle();
      assert.deepEqual(context.memoryInfo(), before);
    },
  },
];
