import assert from 'node:assert/strict';
import { assertCudaError } from './support.mjs';

const one = { x: 1, y: 1, z: 1 };

/** A launch that adds 1 to a byte. */
function increment({ driver, kernel }, address, stream) {
  const params = driver.allocateParams(17_280);
  new DataView(params.buffer, params.byteOffset).setBigUint64(0, address, true);
  return { params, launch: kernel('ffi_increment').prepareLaunch({ grid: one, block: one, params, stream }) };
}

/** What cannot be done while a stream is captured, and the error that it is. */
const refused = [
  ['allocating', (context) => context.allocate(16), 'CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED'],
  ['page-locking', (context) => context.allocatePinned(16), 'CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED'],
  ['synchronising', (_, stream) => stream.synchronizeBlocking(), 'CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED'],
  ['asking', (_, stream) => stream.query(), 'CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED'],
  [
    'synchronising the context',
    (context) => context.synchronizeBlocking(),
    'CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED',
  ],
  ['copying at once', (_, __, buffer) => buffer.fill(1), 'CUDA_ERROR_STREAM_CAPTURE_IMPLICIT'],
  ['capturing again', (_, stream) => stream.capture(() => {}), 'CUDA_ERROR_ILLEGAL_STATE'],
];

/** Captures and graphs. */
export const graphChecks = [
  {
    name: 'a graph repeats launches with the parameters they had, and copies of page-locked memory as it is',
    needsKernels: true,
    run(env) {
      const { context } = env;
      const [stream, buffer] = [context.createStream({ nonBlocking: true }), context.allocate(1)];
      const [source, target] = [context.allocatePinned(1), context.allocatePinned(1)];
      const { params, launch } = increment(env, buffer.address, stream);
      const graph = stream.capture(() => {
        buffer.copyFrom(source, { stream });
        launch.launch();
        launch.launch();
        buffer.copyTo(target, { stream });
      });
      params.fill(0);
      assert.equal(graph.nodeCount, 4);
      assert.deepEqual(graph.kernels, ['ffi_increment', 'ffi_increment']);
      for (const value of [1, 40]) {
        source.bytes[0] = value;
        graph.launch(stream);
        stream.synchronizeBlocking();
        assert.equal(target.bytes[0], value + 2);
      }
      for (const resource of [graph, stream, buffer, source, target]) resource.release();
    },
  },
  {
    name: 'a graph takes in a second stream that is joined, and refuses one that is not',
    run({ launcher, context }) {
      const [a, b] = [context.createStream(), context.createStream()];
      const [fork, join] = [context.createEvent({ timing: false }), context.createEvent({ timing: false })];
      const buffer = context.allocate(16);
      const record = (isJoined) => () => {
        a.record(fork);
        b.waitFor(fork);
        buffer.fill(5, { stream: b });
        if (!isJoined) return;
        b.record(join);
        a.waitFor(join);
      };
      assertCudaError(launcher, 'CUDA_ERROR_STREAM_CAPTURE_UNJOINED', () => a.capture(record(false)));
      const graph = a.capture(record(true));
      buffer.fill(0);
      graph.launch(a);
      a.synchronizeBlocking();
      const back = new Uint8Array(16);
      buffer.copyTo(back);
      assert.ok(back.every((byte) => byte === 5));
      for (const resource of [graph, a, b, fork, join, buffer]) resource.release();
    },
  },
  ...refused.map(([what, record, name]) => ({
    name: `${what} during a capture is ${name}, and the stream works afterwards`,
    run({ launcher, context }) {
      const [stream, buffer] = [context.createStream(), context.allocate(16)];
      assertCudaError(launcher, name, () => stream.capture(() => record(context, stream, buffer)));
      const swallow = () => {
        try {
          record(context, stream, buffer);
        } catch {}
      };
      if (name !== 'CUDA_ERROR_ILLEGAL_STATE') {
        assertCudaError(launcher, 'CUDA_ERROR_STREAM_CAPTURE_INVALIDATED', () => stream.capture(swallow));
      }
      const graph = stream.capture(() => buffer.fill(1, { stream }));
      graph.launch(stream);
      stream.synchronizeBlocking();
      for (const resource of [graph, stream, buffer]) resource.release();
    },
  })),
  {
    name: 'the default stream cannot be captured',
    run: ({ launcher, context }) =>
      assertCudaError(launcher, 'CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED', () =>
        context.defaultStream.capture(() => {}),
      ),
  },
  {
    name: 'ordinary host memory cannot be captured, also on a stream that was drawn in',
    run({ launcher, context }) {
      const [a, b, fork, buffer] = [
        context.createStream(),
        context.createStream(),
        context.createEvent({ timing: false }),
        context.allocate(16),
      ];
      const capture = () =>
        a.capture(() => {
          a.record(fork);
          b.waitFor(fork);
          buffer.copyFrom(new Uint8Array(16), { stream: b });
        });
      assert.throws(capture, launcher.CaptureError);
      b.synchronizeBlocking();
      for (const resource of [a, b, fork, buffer]) resource.release();
    },
  },
];
