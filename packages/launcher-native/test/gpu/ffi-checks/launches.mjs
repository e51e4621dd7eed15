import assert from 'node:assert/strict';
import { outcome, randomBytes } from './support.mjs';

const paramBytes = 17_280;
const one = { x: 1, y: 1, z: 1 };
const cluster = (x) => ({ id: 'clusterDimension', value: { x, y: 1, z: 1 } });
const threeAttributes = [
  cluster(2),
  { id: 'clusterSchedulingPolicyPreference', value: 'default' },
  { id: 'programmaticStreamSerialization', value: true },
];

/** What ffi_checksum computes. */
export function checksum(bytes) {
  return bytes.reduce((sum, byte, i) => sum + (i + 1) * byte, 0);
}

/** Random parameters whose first 8 bytes are an address. */
function fillParams(params, address) {
  params.set(randomBytes(params.length));
  new DataView(params.buffer, params.byteOffset).setBigUint64(0, address, true);
}

function readOut(buffer) {
  const out = new BigUint64Array(1);
  buffer.copyTo(out);
  return Number(out[0]);
}

/** Launches that go too far, and the error that the emulator gives; a real driver has to agree. */
const limits = [
  ['an empty grid', { grid: { ...one, x: 0 } }, 'CUDA_ERROR_INVALID_VALUE'],
  ['a grid too wide', { grid: { ...one, x: 2 ** 31 } }, 'CUDA_ERROR_INVALID_VALUE'],
  ['a grid too high', { grid: { ...one, y: 65_536 } }, 'CUDA_ERROR_INVALID_VALUE'],
  ['a grid too deep', { grid: { ...one, z: 65_536 } }, 'CUDA_ERROR_INVALID_VALUE'],
  ['an empty block', { block: { ...one, y: 0 } }, 'CUDA_ERROR_INVALID_VALUE'],
  ['a block too wide', { block: { ...one, x: 1025 } }, 'CUDA_ERROR_INVALID_VALUE'],
  ['a block too deep', { block: { ...one, z: 65 } }, 'CUDA_ERROR_INVALID_VALUE'],
  ['too many threads', { block: { x: 64, y: 32, z: 1 } }, 'CUDA_ERROR_INVALID_VALUE'],
  ['more than 48 KiB unasked', { sharedMemBytes: 48 * 1024 + 1 }, 'CUDA_ERROR_INVALID_VALUE'],
  [
    'a cluster that does not divide the grid',
    { grid: { ...one, x: 3 }, attributes: [cluster(2)] },
    'CUDA_ERROR_INVALID_CLUSTER_SIZE',
  ],
  [
    'a cluster of 16 unasked',
    { grid: { ...one, x: 16 }, attributes: [cluster(16)] },
    'CUDA_ERROR_INVALID_CLUSTER_SIZE',
  ],
];

/** Launches; they need ffi-kernels.cu. */
export const launchChecks = [
  {
    name: 'all 17,280 bytes of the parameter arrive on the device',
    needsKernels: true,
    run({ driver, context, kernel }) {
      const buffer = context.allocate(8);
      const params = driver.allocateParams(paramBytes);
      fillParams(params, buffer.address);
      kernel('ffi_checksum')
        .prepareLaunch({ grid: one, block: one, params, stream: context.defaultStream })
        .launch();
      assert.equal(readOut(buffer), checksum(params));
      buffer.release();
    },
  },
  {
    name: 'a prepared launch takes over patched bytes, streams and attributes, many times',
    needsKernels: true,
    run({ driver, context, kernel }) {
      const buffer = context.allocate(8);
      const params = driver.allocateParams(paramBytes);
      const streams = [
        context.createStream(),
        context.createStream({ nonBlocking: true }),
        context.defaultStream,
      ];
      const prepared = kernel('ffi_checksum').prepareLaunch({
        grid: { x: 4, y: 2, z: 1 },
        block: { x: 64, y: 1, z: 1 },
        sharedMemBytes: 1024,
        attributes: threeAttributes,
        params,
        stream: streams[0],
      });
      for (let i = 0; i < 300; i += 1) {
        fillParams(params, buffer.address);
        const stream = streams[i % streams.length];
        prepared.launch(stream);
        stream.synchronizeBlocking();
        assert.equal(readOut(buffer), checksum(params), `launch ${i}`);
      }
      for (const resource of [buffer, streams[0], streams[1]]) resource.release();
    },
  },
  {
    name: 'the parameter is taken at the launch: changing it afterwards does not matter',
    needsKernels: true,
    run({ driver, context, kernel }) {
      const buffer = context.allocate(8);
      const params = driver.allocateParams(paramBytes);
      const prepared = kernel('ffi_checksum').prepareLaunch({
        grid: one,
        block: one,
        params,
        stream: context.defaultStream,
      });
      fillParams(params, buffer.address);
      const expected = checksum(params);
      prepared.launch();
      params.fill(0);
      assert.equal(readOut(buffer), expected);
      buffer.release();
    },
  },
  {
    name: 'dynamic shared memory up to 227 KiB can be launched once it is allowed',
    needsKernels: true,
    run({ driver, context, kernel }) {
      const buffer = context.allocate(8);
      const params = driver.allocateParams(paramBytes);
      fillParams(params, buffer.address);
      const big = kernel('ffi_checksum');
      big.setMaxDynamicSharedMem(227 * 1024);
      const stream = context.defaultStream;
      big.prepareLaunch({ grid: one, block: one, sharedMemBytes: 227 * 1024, params, stream }).launch();
      assert.equal(readOut(buffer), checksum(params));
      buffer.release();
    },
  },
  ...limits.map(([what, options, expected]) => ({
    name: `${what} is refused: ${expected}`,
    needsKernels: true,
    run({ launcher, driver, context, kernel }) {
      const buffer = context.allocate(8);
      const params = driver.allocateParams(paramBytes);
      fillParams(params, buffer.address);
      const stream = context.defaultStream;
      const launch = kernel('ffi_checksum').prepareLaunch({
        grid: one,
        block: one,
        params,
        stream,
        ...options,
      });
      assert.equal(
        outcome(launcher, () => launch.launch()),
        expected,
      );
      context.synchronizeBlocking();
      buffer.release();
    },
  })),
];
