// Device memory: allocate it, see that it is gone, give it back.
//
// What the driver allocates for us wants to be released. Objects release what they own, once, and everything that was created
// through a context goes with it. In TypeScript, and from Node.js 24 on, `using buffer = context.allocate(…)` does so by itself.
import { withDevice } from './support/device.mjs';

const mebibyte = 2 ** 20;

await withDevice(({ context }) => {
  const before = context.memoryInfo().freeBytes;
  const buffer = context.allocate(64 * mebibyte);
  const taken = before - context.memoryInfo().freeBytes;
  console.log(`${buffer.byteLength / mebibyte} MiB allocated, ${taken / mebibyte} MiB less are free`);
  // Kernels and tensor maps want their buffers aligned.
  console.log(`the address is a multiple of 256: ${buffer.address % 256n === 0n}`);

  buffer.release();
  buffer.release(); // A second time does nothing.
  console.log(`all is free again: ${context.memoryInfo().freeBytes === before}`);

  try {
    buffer.fill(0);
  } catch (error) {
    // DeviceBuffer 0x… of 67108864 bytes was used after it was released.
    console.log(error instanceof Error ? error.name : error);
  }
});
