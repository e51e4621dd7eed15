// Streams and events: work in one stream is done in order, events order it across streams and take times.
//
// Nothing here blocks the event loop: while the device works, timers and requests go on.
import { withDevice } from './support/device.mjs';

const bytes = 2 ** 24;

await withDevice(async ({ context }) => {
  const producer = context.createStream({ nonBlocking: true });
  const consumer = context.createStream({ nonBlocking: true });
  const start = context.createEvent();
  const written = context.createEvent();
  const buffer = context.allocate(bytes);

  producer.record(start);
  buffer.fill(1, { stream: producer });
  buffer.fill(2, { stream: producer });
  producer.record(written);

  // Without this line the copy could come before the fills.
  consumer.waitFor(written);
  const result = new Uint8Array(bytes);
  buffer.copyTo(result, { stream: consumer });
  await consumer.synchronize();

  console.log(`all bytes are 2: ${result.every((byte) => byte === 2)}`);
  await written.synchronize();
  console.log(`two fills took less than a second: ${written.elapsedMsSince(start) < 1000}`);
});
