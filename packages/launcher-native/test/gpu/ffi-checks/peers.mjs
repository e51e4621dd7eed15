import assert from 'node:assert/strict';
import { assertCudaError, assertSameBytes, randomBytes } from './support.mjs';

/** Handles of others, and several devices where there are several. */
export const peerChecks = [
  {
    name: 'a device is no peer of itself',
    run({ launcher, device, context }) {
      assert.equal(device.canAccessPeer(device), false);
      assertCudaError(launcher, 'CUDA_ERROR_PEER_ACCESS_UNSUPPORTED', () =>
        context.enablePeerAccess(context),
      );
    },
  },
  {
    name: 'two devices copy to each other, before and after peer access is enabled',
    run({ driver, context, note }) {
      const [, second] = driver.devices();
      if (second === undefined) return note('one device only: nothing to copy between');
      const other = second.retainPrimaryContext();
      const data = randomBytes(1_000_003);
      const [here, there] = [context.allocate(data.length), other.allocate(data.length)];
      const stream = other.createStream();
      here.copyFrom(data);
      for (const options of [{}, { stream }]) {
        there.fill(0);
        there.copyFromDevice(here, options);
        stream.synchronizeBlocking();
        const back = new Uint8Array(data.length);
        there.copyTo(back);
        assertSameBytes(back, data, 'from device to device');
        if (second.canAccessPeer(driver.device(0))) other.enablePeerAccess(context);
      }
      here.release();
      other.release();
    },
  },
  {
    name: 'streams and memory of others can be used, and stay theirs',
    run({ context }) {
      const [stream, buffer] = [context.createStream(), context.allocate(16)];
      const [adopted, memory] = [
        context.adoptStream(stream.handle),
        context.adoptBuffer(buffer.address + 4n, 4),
      ];
      buffer.fill(0);
      memory.fill(3, { stream: adopted });
      adopted.release();
      memory.release();
      stream.synchronizeBlocking();
      const back = new Uint8Array(16);
      buffer.copyTo(back);
      assert.deepEqual([...back.subarray(0, 9)], [0, 0, 0, 0, 3, 3, 3, 3, 0]);
      for (const resource of [stream, buffer]) resource.release();
    },
  },
];
