import { publishedRates, type Target, targets } from '@gemm-preflight/types';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  CudaError,
  Driver,
  DriverFunctionMissingError,
  DriverNotFoundError,
  ReleasedError,
} from '../../src/driver/index.js';
import {
  type OpenDevice,
  type OpenDeviceOptions,
  openDevice,
  prepare,
  UnsupportedDeviceError,
} from '../../src/launch/index.js';
import { loadKernel } from '../../src/launch/load-kernel.js';
import { gemmOf } from './gemm.js';
import { cubinOf, kernelWithTile, ours } from './kernels.js';

const noDriver = '/no/such/libcuda.so.1';

/** Opens a device, and lets it go. */
function opened(options: OpenDeviceOptions): OpenDevice {
  const device = openDevice({ kernels: ours, ...options });
  device.release();
  return device;
}

/** What the machine has instead of a working GPU. */
function machineWhere(cuda: () => Driver): void {
  vi.spyOn(Driver, 'cuda').mockImplementation(cuda);
}

/** A machine with GPUs: emulated ones, that say they are real. */
function machineWith(target: Target, deviceCount = 1): Driver {
  const driver = Driver.emulator({ target, deviceCount, kernels: () => undefined });
  machineWhere(() => driver);
  return driver;
}

function failing(code: number): () => Driver {
  const { calls } = Driver.emulator({ target: targets.h100, kernels: () => undefined });
  return () => {
    throw new CudaError(calls, code, 'cuInit');
  };
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('the emulator', () => {
  it('stands for the target that is asked for', () => {
    const { kind, description, target } = opened({ choice: 'emulator', target: targets.h20 });
    expect({ kind, description }).toEqual({
      kind: 'emulator',
      description: 'emulator of h20 on the CPU (as asked)',
    });
    expect(target).toBe(targets.h20);
  });

  it('is taken where there is a GPU, too, if it is asked for', () => {
    machineWith(targets.b200);
    expect(opened({ choice: 'emulator' }).kind).toBe('emulator');
  });

  it('has 80 GiB of memory, or what is asked for', () => {
    using device = openDevice({ choice: 'emulator' });
    expect(device.context.memoryInfo().totalBytes).toBe(80 * 2 ** 30);
    using small = openDevice({ choice: 'emulator', emulatedMemoryBytes: 2 ** 20 });
    expect(small.context.memoryInfo().totalBytes).toBe(2 ** 20);
  });

  it('launches the kernels that it is told of', () => {
    const kernel = kernelWithTile(8);
    const gemm = gemmOf(kernel, [3], { m: 128, k: 128 });
    const launchOn = (device: OpenDevice) => {
      const { context, target } = device;
      using loaded = loadKernel(context, kernel, cubinOf(kernel));
      const prepared = prepare(loaded, gemm.options, { target });
      const [a, b, c] = prepared.plan.buffers.map(({ bytes }) => context.allocate(bytes));
      if (a === undefined || b === undefined || c === undefined) throw new Error('three buffers');
      prepared.launch({ a, b, c }, context.defaultStream);
    };
    using knowing = openDevice({ choice: 'emulator', kernels: [kernel] });
    launchOn(knowing);
    using ignorant = openDevice({ choice: 'emulator' });
    expect(() => launchOn(ignorant)).toThrow(/^CUDA_ERROR_NOT_SUPPORTED/);
  });
});

describe('without a CUDA driver', () => {
  it.each([{ choice: 'auto' }, {}] as const)(
    '%j takes the emulator, and says why in a few words',
    (choice) => {
      vi.stubEnv('PREFLIGHT_CUDA_LIBRARY', noDriver);
      const { kind, description, target } = opened({ ...choice, target: targets.h200 });
      expect({ kind, description }).toEqual({
        kind: 'emulator',
        description: `emulator of h200 on the CPU (no CUDA driver: ${noDriver} does not load)`,
      });
      expect(target).toBe(targets.h200);
    },
  );

  it('gpu fails, with one line that says what to do', () => {
    vi.stubEnv('PREFLIGHT_CUDA_LIBRARY', noDriver);
    const open = () => opened({ choice: 'gpu' });
    expect(open).toThrow(DriverNotFoundError);
    expect(open).toThrow(
      /^Cannot load the CUDA driver library "\/no\/such\/libcuda\.so\.1".*PREFLIGHT_CUDA_LIBRARY.*$/,
    );
  });
});

describe('with a driver, but', () => {
  it('without a GPU: auto takes the emulator and says so, gpu fails', () => {
    machineWhere(failing(100));
    expect(opened({ choice: 'auto' }).description).toMatch(
      /^emulator of h100 on the CPU \(CUDA_ERROR_NO_DEVICE \(100\) from cuInit\(\): /,
    );
    expect(() => opened({ choice: 'gpu' })).toThrow(CudaError);
  });

  it('with a GPU that no kernel is for: auto takes the emulator and says so, gpu fails', () => {
    machineWith({ name: 'a100', smVersion: 80, numSms: 108, sharedMemPerBlockOptin: 166_912 } as Target);
    expect(opened({ choice: 'auto' }).description).toBe(
      'emulator of h100 on the CPU (Emulated a100 is sm80; there are kernels for sm90, sm100, sm103)',
    );
    expect(() => opened({ choice: 'gpu' })).toThrow(UnsupportedDeviceError);
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
    [
      'and an error that nobody foresaw',
      () => {
        throw new TypeError('out of cheese');
      },
      /^out of cheese$/,
    ],
  ])('with a GPU %s: that is an error even for auto', (_, cuda, message) => {
    machineWhere(cuda);
    expect(() => opened({ choice: 'auto' })).toThrow(message);
    expect(() => opened({ choice: 'gpu' })).toThrow(message);
  });
});

describe('a GPU', () => {
  it.each(['auto', 'gpu'] as const)(
    'is taken by %s, and is what it is, whatever target is asked for',
    (choice) => {
      machineWith(targets.b200);
      const { kind, description, target } = opened({ choice, target: targets.h100 });
      expect({ kind, description }).toEqual({
        kind: 'gpu',
        description: expect.stringMatching(/^Emulated b200, 148 SMs, CUDA \d+\.\d+$/),
      });
      expect(target).toEqual({ ...targets.b200, ...publishedRates(targets.b200), name: 'Emulated b200' });
    },
  );

  it('is the one of a number', () => {
    machineWith(targets.h100, 2);
    using second = openDevice({ choice: 'gpu', ordinal: 1 });
    expect(second.device.ordinal).toBe(1);
    expect(() => openDevice({ choice: 'auto', ordinal: 2 })).toThrow(/^CUDA_ERROR_INVALID_DEVICE/);
  });

  it('gives back all that was created through it, once', () => {
    machineWith(targets.h100);
    const device = openDevice();
    const buffer = device.context.allocate(16);
    device.release();
    device.release();
    expect(buffer.isReleased).toBe(true);
    expect(() => device.context.allocate(16)).toThrow(ReleasedError);
  });
});

it('refuses a choice that there is not', () => {
  expect(() => openDevice({ choice: 'tpu' as 'gpu' })).toThrow(
    'the device is "tpu", which is none of auto, gpu, emulator',
  );
});
