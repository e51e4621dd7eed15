// Copies: from the host to the device, within the device, and back.
//
// Without a stream a copy is done when the call returns. Sizes are those of the host's array; what does not fit is refused
// before the driver sees it.
import { withDevice } from './support/device.mjs';

await withDevice(({ context }) => {
  const source = Float32Array.of(1, 2, 3, 4);
  const one = context.allocate(source.byteLength);
  const two = context.allocate(source.byteLength);

  one.copyFrom(source);
  two.fill(0);
  two.copyFromDevice(one, { sourceOffset: 8 }); // The last two numbers, to the front.
  two.copyFrom(Float32Array.of(5), { offset: 12 });

  const result = new Float32Array(4);
  two.copyTo(result);
  console.log([...result].join(' '));

  try {
    one.copyFrom(new Float32Array(5));
  } catch (error) {
    // 20 bytes at offset 0 end at byte 20, but DeviceBuffer 0x… of 16 bytes has 16 bytes.
    console.log(error instanceof Error ? error.name : error);
  }
});
