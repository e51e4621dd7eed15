import { parentPort, workerData } from 'node:worker_threads';
import { Driver } from '../../../src/driver/index.js';
import { emulate } from '../emulated.js';
import { paramsOf, prepare, testKernels } from '../kernels.js';

/** What a worker is to do. */
export interface Task {
  /** The driver library; the emulator without. */
  readonly library: string | undefined;
  readonly streams: number;
  readonly launchesPerStream: number;
}

/** Launches into all of its streams before it waits for any; each stream counts in a byte of its own. */
async function work({ library, streams, launchesPerStream }: Task): Promise<number[]> {
  const driver = library === undefined ? emulate({ kernels: testKernels }) : Driver.cuda(library);
  using context = driver.device(0).retainPrimaryContext();
  using counts = context.allocate(streams);
  counts.fill(0);
  const launches = Array.from({ length: streams }, (_, i) => {
    const stream = context.createStream({ nonBlocking: true });
    return {
      stream,
      launch: prepare(context, 'increment', { params: paramsOf(counts.address + BigInt(i), 1), stream }),
    };
  });
  for (let i = 0; i < launchesPerStream; i += 1) {
    for (const { launch } of launches) launch.launch();
  }
  await Promise.all(launches.map(({ stream }) => stream.synchronize()));
  const back = new Uint8Array(streams);
  counts.copyTo(back);
  return [...back];
}

parentPort?.postMessage(await work(workerData));
