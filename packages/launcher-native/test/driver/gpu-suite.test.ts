import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { readCubin } from '../../src/cubin/index.js';
import * as driver from '../../src/driver/index.js';
import { allChecks, createEnvironment, emulatedDriver } from '../gpu/ffi-checks/run.mjs';
import { bundle } from './threads/bundle.js';
import type { FfiTask } from './threads/ffi-worker.js';

// The checks that run on a real GPU (test/gpu/ffi-suite.mjs), on the emulator: where a GPU passes them too, both agree.

/** Workers run a bundle: they know no TypeScript. */
async function runInWorkers(tasks: readonly object[]): Promise<readonly unknown[]> {
  const script = await bundle('ffi-worker');
  return Promise.all(
    tasks.map((task) => {
      const workerData: FfiTask = { cubin, task };
      return new Promise((resolve, reject) => {
        const worker = new Worker(script, { workerData });
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    }),
  );
}

const launcher = { ...driver, readCubin };
const cubin = readFileSync(new URL('../gpu/ffi-kernels.sm90a.cubin', import.meta.url));

describe('the GPU suite, on the emulator', () => {
  const environment = createEnvironment({ launcher, driver: emulatedDriver(launcher), cubin, runInWorkers });
  afterAll(() => environment.releaseObjects());

  it('has the kernels it launches in its cubin', () => {
    expect(environment.hasKernels).toBe(true);
  });

  it.each(allChecks.filter(({ needsGpu }) => needsGpu !== true))('$name', async (check) => {
    await check.run(environment);
  });
});
