import {
  CudaError,
  Driver,
  DriverFunctionMissingError,
  DriverNotFoundError,
  emulatedDriver,
  UnsupportedDeviceError,
} from '@gemm-preflight/launcher-native';
import { publishedRates, type Target, targets } from '@gemm-preflight/types';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type DeviceChoice, type OpenDevice, openDevice } from '../../src/run/open-device.js';
import { timedLaunches } from '../../src/run/run-problem.js';
import { run } from '../support/run-main.js';
import { onlyLine, ours, problemFile } from './tiny.js';

const noDriver = '/no/such/libcuda.so.1';

/** Opens a device, and lets it go. */
function opened(choice: DeviceChoice, target: Target = targets.h100): OpenDevice {
  const device = openDevice(choice, target, ours);
  device.context.release();
  return device;
}

/** What the machine has instead of a working GPU. */
function machineWhere(cuda: () => Driver): void {
  vi.spyOn(Driver, 'cuda').mockImplementation(cuda);
}

/** A machine with a GPU: an emulated one, that says it is real. */
function machineWith(target: Parameters<typeof Driver.emulator>[0]['target']): Driver {
  const driver = Driver.emulator({ target, kernels: () => undefined });
  machineWhere(() => driver);
  return driver;
}

function failing(code: number): () => Driver {
  return () => {
    throw new CudaError(
      Driver.emulator({ target: targets.h100, kernels: () => undefined }).calls,
      code,
      'cuInit',
    );
  };
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('the emulator', () => {
  it('stands for the target that is asked for', () => {
    const { kind, description, target } = opened('emulator', targets.h20);
    expect({ kind, description }).toEqual({
      kind: 'emulator',
      description: 'emulator of h20 on the CPU (as asked)',
    });
    expect(target).toBe(targets.h20);
  });

  it('is taken where there is a GPU, too, if it is asked for', () => {
    machineWith(targets.b200);
    expect(opened('emulator').kind).toBe('emulator');
  });

  it('has 80 GiB of memory', () => {
    const { context } = openDevice('emulator', targets.h100, ours);
    expect(context.memoryInfo().totalBytes).toBe(80 * 2 ** 30);
    context.release();
  });
});

describe('without a CUDA driver', () => {
  it('auto takes the emulator, and says why in a few words', () => {
    vi.stubEnv('PREFLIGHT_CUDA_LIBRARY', noDriver);
    const { kind, description, target } = opened('auto', targets.h200);
    expect({ kind, description }).toEqual({
      kind: 'emulator',
      description: `emulator of h200 on the CPU (no CUDA driver: ${noDriver} does not load)`,
    });
    expect(target).toBe(targets.h200);
  });

  it('gpu fails', () => {
    vi.stubEnv('PREFLIGHT_CUDA_LIBRARY', noDriver);
    expect(() => opened('gpu')).toThrow(DriverNotFoundError);
  });

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
  it('without a GPU: auto takes the emulator and says so, gpu fails', () => {
    machineWhere(failing(100));
    expect(opened('auto').description).toMatch(
      /^emulator of h100 on the CPU \(CUDA_ERROR_NO_DEVICE \(100\) from cuInit\(\): /,
    );
    expect(() => opened('gpu')).toThrow(CudaError);
  });

  it('with a GPU that no kernel is for: auto takes the emulator and says so, gpu fails', () => {
    machineWith({ name: 'a100', smVersion: 80, numSms: 108, sharedMemPerBlockOptin: 166_912 });
    expect(opened('auto').description).toBe(
      'emulator of h100 on the CPU (Emulated a100 is sm80; there are kernels for sm90, sm100, sm103)',
    );
    expect(() => opened('gpu')).toThrow(UnsupportedDeviceError);
  });

  it.each([
    ['that is not ready', failing(802), /^CUDA_ERROR_SYSTEM_NOT_READY \(802\) from cuInit\(\): /],
    [
      'whose driver is too old',
      () => {
        throw new DriverFunctionMissingError('libcuda.so.1', 'cuLaunchKernelEx', undefined);
      },
      /has no function cuLaunchKernelEx: the driver is too old/,
    ],
  ])('with a GPU %s: that is an error even for auto, and one line of run', async (_, cuda, message) => {
    machineWhere(cuda);
    expect(() => opened('auto')).toThrow(message);
    expect(() => opened('gpu')).toThrow(message);
    const ran = await run(['run', problemFile()]);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(onlyLine(ran).replace('preflight: ', '')).toMatch(message);
  });

  it('an error that nobody foresaw goes through', () => {
    machineWhere(() => {
      throw new TypeError('out of cheese');
    });
    expect(() => opened('auto')).toThrow(TypeError);
  });
});

describe('a GPU', () => {
  it.each(['auto', 'gpu'] as const)(
    'is taken by %s, and is what it is, whatever target is asked for',
    (choice) => {
      machineWith(targets.b200);
      const { kind, description, target } = opened(choice, targets.h100);
      expect({ kind, description }).toEqual({
        kind: 'gpu',
        description: expect.stringMatching(/^Emulated b200, 148 SMs, CUDA \d+\.\d+$/),
      });
      expect(target).toEqual({ ...targets.b200, ...publishedRates(targets.b200), name: 'Emulated b200' });
    },
  );

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
});
