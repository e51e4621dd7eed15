import {
  CudaError,
  Driver,
  DriverFunctionMissingError,
  emulatedDriver,
} from '@gemm-preflight/launcher-native';
import { targets } from '@gemm-preflight/types';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { timedLaunches } from '../../src/run/run-problem.js';
import { run } from '../support/run-main.js';
import { onlyLine, ours, problemFile, tiny } from './tiny.js';

// Which device is opened when is tested with `openDevice` itself; here, what users of the command see of it.

const noDriver = '/no/such/libcuda.so.1';

/** What the machine has instead of a working GPU. */
function machineWhere(cuda: () => Driver): void {
  vi.spyOn(Driver, 'cuda').mockImplementation(cuda);
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('without a CUDA driver', () => {
  it('run --device gpu is one line that says what to do, and exit code 1', async () => {
    vi.stubEnv('PREFLIGHT_CUDA_LIBRARY', noDriver);
    const ran = await run(['run', problemFile(), '--device', 'gpu']);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    const line = onlyLine(ran);
    expect(line).toMatch(
      /^preflight: Cannot load the CUDA driver library "\/no\/such\/libcuda\.so\.1" \(.*PREFLIGHT_CUDA_LIBRARY/,
    );
    // A line end inside of the message would be printed as an escape.
    expect(line).not.toContain('\\n');
  });

  it('run takes the emulator by itself, and its first line says why', async () => {
    vi.stubEnv('PREFLIGHT_CUDA_LIBRARY', noDriver);
    const { code, stdout, stderr } = await run(['run', problemFile(), '--seed', '1']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')[0]).toBe(
      `running on emulator of h100 on the CPU (no CUDA driver: ${noDriver} does not load); random data of seed 1`,
    );
  });
});

describe('with a driver, but', () => {
  it.each([
    [
      'that is not ready',
      () => {
        const { calls } = Driver.emulator({ target: targets.h100, kernels: () => undefined });
        throw new CudaError(calls, 802, 'cuInit');
      },
      /^CUDA_ERROR_SYSTEM_NOT_READY \(802\) from cuInit\(\): /,
    ],
    [
      'whose driver is too old',
      () => {
        throw new DriverFunctionMissingError('libcuda.so.1', 'cuLaunchKernelEx', undefined);
      },
      /has no function cuLaunchKernelEx: the driver is too old/,
    ],
  ])('with a GPU %s: one line, and exit code 1', async (_, cuda, message) => {
    machineWhere(cuda);
    const ran = await run(['run', problemFile()]);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(onlyLine(ran).replace('preflight: ', '')).toMatch(message);
  });
});

describe('a GPU', () => {
  it('is timed over many launches after the one that is verified', async () => {
    const driver = emulatedDriver({ target: targets.h100, kernels: ours });
    machineWhere(() => driver);
    let launches = 0;
    const prepare = driver.calls.prepareLaunchKernelEx.bind(driver.calls);
    driver.calls.prepareLaunchKernelEx = (...args) => {
      const launch = prepare(...args);
      return () => {
        launches++;
        return launch();
      };
    };
    const { code, stdout, stderr } = await run(['run', problemFile(), '--device', 'gpu', '--seed', '1']);
    expect([code, stderr]).toEqual([0, '']);
    expect(launches).toBe(1 + timedLaunches);
    expect(stdout).toMatch(/^ {2}launch [\d.]+ ms, [\d.e-]+ TFLOPS$/m);
  });

  it('gives its context back after the run', async () => {
    const driver = emulatedDriver({ target: targets.h100, kernels: ours });
    machineWhere(() => driver);
    using observer = driver.device(0).retainPrimaryContext();
    const before = observer.memoryInfo();
    expect((await run(['run', problemFile(), '--device', 'gpu'])).code).toBe(0);
    expect(observer.memoryInfo()).toEqual(before);
    const handle = observer.handle;
    observer.release();
    using next = driver.device(0).retainPrimaryContext();
    expect(next.handle).not.toBe(handle);
  });

  it('loads a cubin once for all the problems that take it', async () => {
    const driver = emulatedDriver({ target: targets.h100, kernels: ours });
    machineWhere(() => driver);
    const load = vi.spyOn(driver.calls, 'cuModuleLoadData');
    const unload = vi.spyOn(driver.calls, 'cuModuleUnload');
    const twice = problemFile([tiny, { ...tiny, k: 384 }]);
    const { code, stderr } = await run(['run', twice, '--device', 'gpu', '--seed', '1']);
    expect([code, stderr]).toEqual([0, '']);
    expect([load.mock.calls.length, unload.mock.calls.length]).toEqual([1, 1]);
  });
});
