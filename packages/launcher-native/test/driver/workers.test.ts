import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildStandIn, canBuildStandIn, controlStandIn } from './stand-in/build.js';
import { bundle } from './threads/bundle.js';
import type { Task } from './threads/worker.js';

// 64 launches on 8 streams in 4 workers, each of which has a context of its own.
const workers = 4;
const streams = 2;
const launchesPerStream = 8;

let script: string;
beforeAll(async () => {
  script = await bundle('worker');
});

function inWorker(task: Task): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { workerData: task });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

const inAllWorkers = (library?: string) =>
  Promise.all(Array.from({ length: workers }, () => inWorker({ library, streams, launchesPerStream })));

describe('64 launches on 8 streams in 4 workers', () => {
  it('all arrive, on the emulator', async () => {
    expect(await inAllWorkers()).toEqual(Array(workers).fill([launchesPerStream, launchesPerStream]));
  });

  it.skipIf(!canBuildStandIn)(
    'all arrive in one driver library, and everything is given back (needs Linux and a C compiler)',
    async () => {
      const library = buildStandIn();
      const standIn = controlStandIn(library);
      await inAllWorkers(library);
      expect(standIn.launches()).toBe(workers * streams * launchesPerStream);
      const log = standIn.log().map((line) => line.split(' ')[0]);
      const count = (call: string) => log.filter((name) => name === call).length;
      expect(count('cuStreamCreateWithPriority')).toBe(workers * streams);
      expect(count('cuStreamDestroy_v2')).toBe(workers * streams);
      expect(count('cuModuleUnload')).toBe(count('cuModuleLoadData'));
      expect(count('cuMemFree_v2')).toBe(workers);
      expect(count('cuDevicePrimaryCtxRelease_v2')).toBe(workers);
    },
  );
});
