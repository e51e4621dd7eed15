import assert from 'node:assert/strict';
import { assertCudaError } from './support.mjs';

/** Driver, devices and contexts. */
export const deviceChecks = [
  {
    name: 'the driver is for CUDA 12 or later',
    run: ({ driver }) => assert.ok(driver.version.major >= 12, JSON.stringify(driver.version)),
  },
  {
    name: 'the device has a name, SMs and memory',
    run({ device, note }) {
      const { name, smVersion, numSms, sharedMemPerBlockOptin, totalMemoryBytes } = device;
      note(
        `${name}, sm_${smVersion}, ${numSms} SMs, ${sharedMemPerBlockOptin} B opt-in, ${totalMemoryBytes} B`,
      );
      assert.ok(name.length > 0 && !name.includes('\0'));
      assert.ok(numSms > 0);
      assert.ok(totalMemoryBytes > 0);
    },
  },
  {
    name: 'attributes are those of Hopper or Blackwell',
    run({ device }) {
      assert.ok(device.smVersion >= 90);
      assert.equal(device.attribute('WARP_SIZE'), 32);
      assert.equal(device.attribute('MAX_THREADS_PER_BLOCK'), 1024);
      assert.equal(device.attribute('MAX_GRID_DIM_X'), 2 ** 31 - 1);
      assert.equal(device.attribute('MAX_GRID_DIM_Y'), 65_535);
      assert.equal(device.attribute('MAX_SHARED_MEMORY_PER_BLOCK'), 48 * 1024);
      assert.equal(device.sharedMemPerBlockOptin, 227 * 1024);
      assert.equal(device.attribute('TENSOR_MAP_ACCESS_SUPPORTED'), 1);
      assert.equal(device.attribute('CLUSTER_LAUNCH'), 1);
    },
  },
  {
    name: 'a device that does not exist is an error with a name',
    run: ({ launcher, driver }) =>
      assertCudaError(launcher, 'CUDA_ERROR_INVALID_DEVICE', () => driver.device(9999)),
  },
  {
    name: 'the context is current once it is used',
    run({ launcher, driver, context }) {
      context.memoryInfo();
      assert.equal(launcher.result.context.getCurrent(driver.calls), context.handle);
    },
  },
  {
    name: 'a second reference is to the same primary context, and may go',
    run({ device, context }) {
      const second = device.retainPrimaryContext();
      assert.equal(second.handle, context.handle);
      const buffer = context.allocate(16);
      second.release();
      buffer.fill(1);
      buffer.release();
    },
  },
  {
    name: 'the driver knows the names of all errors in our header',
    run({ launcher, driver }) {
      for (const [name, code] of Object.entries(launcher.sys.cudaAbi.resultCodes)) {
        const text = [''];
        if (driver.calls.cuGetErrorName(code, text) === 0) assert.equal(text[0], name);
      }
    },
  },
];
