import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** How long to poll at every turn of the event loop before sleeping between polls. */
const eagerMs = 2;
const sleepMs = 1;

/**
 * Waits until `done()` is true, without blocking the event loop: polls once a turn at first, so that short kernels are
 * noticed at once, and then once a millisecond, so that long ones cost no processor time.
 *
 * @throws whatever `done` throws
 */
export async function waitUntil(done: () => boolean): Promise<void> {
  const start = performance.now();
  while (!done()) {
    await (performance.now() - start < eagerMs ? nextTurn() : sleep(sleepMs));
  }
}
