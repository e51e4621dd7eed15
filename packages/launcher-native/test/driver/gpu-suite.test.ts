import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { readCubin } from '../../src/cubin/index.js';
import * as driver from '../../src/driver/index.js';
import { allChecks, createEnvironment, emulatedDriver } from '../gpu/ffi-checks/run.mjs';

// The checks that run on a real GPU (test/gpu/ffi-suite.mjs), on the emulator: where a GPU passes them too, both agree.

const launcher = { ...driver, readCubin };
const cubin = readFileSync(new URL('../gpu/ffi-kernels.sm90a.cubin', import.meta.url));

describe('the GPU suite, on the emulator', () => {
  const environment = createEnvironment({ launcher, driver: emulatedDriver(launcher), cubin });
  afterAll(() => environment.releaseObjects());

  it('has the kernels it launches in its cubin', () => {
    expect(environment.hasKernels).toBe(true);
  });

  it.each(allChecks.filter(({ needsGpu }) => needsGpu !== true))('$name', async (check) => {
    await check.run(environment);
  });
});
