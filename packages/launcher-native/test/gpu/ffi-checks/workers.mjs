import assert from 'node:assert/strict';
import { checksum } from './launches.mjs';
import { randomBytes } from './support.mjs';

const paramBytes = 17_280;
const one = { x: 1, y: 1, z: 1 };
const workers = 4;
const streamsPerWorker = 2;
const launchesPerStream = 8;
/** Clock cycles that a stream is kept busy at first, some milliseconds: so long that all launches are in flight at once. */
const busyCycles = 20_000_000n;

/** Waits until as many threads as there are workers are here. */
function meet(barrier) {
  const arrived = new Int32Array(barrier);
  if (Atomics.add(arrived, 0, 1) + 1 === workers) Atomics.notify(arrived, 0);
  else while (Atomics.load(arrived, 0) < workers) Atomics.wait(arrived, 0, Atomics.load(arrived, 0), 100);
}

/** Several threads at once, each with a context of its own. */
export const workerChecks = [
  {
    name: '64 concurrent launches on 8 streams in 4 workers all arrive',
    needsKernels: true,
    needsWorkers: true,
    async run({ runInWorkers, note }) {
      const barrier = new SharedArrayBuffer(4);
      const results = await runInWorkers(Array.from({ length: workers }, () => ({ barrier })));
      const launches = results.flatMap(({ wrong }) => wrong);
      assert.equal(launches.length, workers * streamsPerWorker * launchesPerStream);
      assert.deepEqual(launches, Array(launches.length).fill(false));
      const inFlight = results.reduce((sum, one) => sum + one.inFlight, 0);
      note(`${inFlight} of ${workers * streamsPerWorker} streams were busy when all had been launched`);
    },
  },
];

/** What each of the workers does: launches into all of its streams before it waits for any. */
export async function workInThread({ driver, cubin, emulate }, { barrier }) {
  const context = driver.device(0).retainPrimaryContext();
  const module = context.loadModule(cubin);
  const [spin, sum] = [emulate ? undefined : module.getKernel('ffi_spin'), module.getKernel('ffi_checksum')];
  const out = context.allocate(8 * streamsPerWorker * launchesPerStream);
  out.fill(0);
  const streams = Array.from({ length: streamsPerWorker }, () => context.createStream({ nonBlocking: true }));
  // Each launch has its own parameters, which say where its result goes.
  const launches = Array.from({ length: streamsPerWorker * launchesPerStream }, (_, i) => {
    const params = driver.allocateParams(paramBytes);
    params.set(randomBytes(paramBytes));
    new DataView(params.buffer, params.byteOffset).setBigUint64(0, out.address + BigInt(8 * i), true);
    const stream = streams[i % streamsPerWorker];
    return { params, prepared: sum.prepareLaunch({ grid: one, block: one, params, stream }) };
  });
  const busy = driver.allocateParams(paramBytes);
  new DataView(busy.buffer, busy.byteOffset).setBigInt64(8, busyCycles, true);
  const spins = streams.map((stream) => spin?.prepareLaunch({ grid: one, block: one, params: busy, stream }));

  meet(barrier);
  for (const spinning of spins) spinning?.launch();
  for (const { prepared } of launches) prepared.launch();
  const inFlight = streams.filter((stream) => !stream.query()).length;
  await Promise.all(streams.map((stream) => stream.synchronize()));
  const sums = new BigUint64Array(launches.length);
  out.copyTo(sums);
  context.release();
  return { inFlight, wrong: launches.map(({ params }, i) => Number(sums[i]) !== checksum(params)) };
}
