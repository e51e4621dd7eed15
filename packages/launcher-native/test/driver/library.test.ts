import { describe, expect, it } from 'vitest';
import {
  CudaError,
  Driver,
  DriverFunctionMissingError,
  DriverNotFoundError,
  loadCudaDriver,
} from '../../src/driver/index.js';
import { defaultLibrary } from '../../src/driver/sys/index.js';
import { buildStandIn, canBuildStandIn, controlStandIn } from './stand-in/build.js';

describe('a missing driver library', () => {
  it('is one clear error that names the library and says what to do', () => {
    const load = () => loadCudaDriver('libno-such-driver.so.1');
    expect(load).toThrow(DriverNotFoundError);
    expect(load).toThrow(/"libno-such-driver\.so\.1".*PREFLIGHT_CUDA_LIBRARY.*Driver\.emulator\(\)/);
  });

  it("is looked for under the platform's own name", () => {
    expect(defaultLibrary()).toBe(process.platform === 'win32' ? 'nvcuda.dll' : 'libcuda.so.1');
  });
});

describe.skipIf(!canBuildStandIn)('an old driver library (needs Linux and a C compiler)', () => {
  it('loads, and says which function is missing when that is called', () => {
    const calls = loadCudaDriver(buildStandIn({ old: true }));
    expect(calls.cuInit(0)).toBe(0);
    const bytes = new Uint8Array(56);
    const prepare = () => calls.prepareLaunchKernelEx(bytes, new Uint8Array(0), 1n, bytes);
    expect(prepare).toThrow(DriverFunctionMissingError);
    expect(prepare).toThrow(/has no function cuLaunchKernelEx: the driver is too old/);
    const [wide, narrow] = [new BigUint64Array(5), new Uint32Array(5)];
    expect(() =>
      calls.cuTensorMapEncodeTiled(bytes, 0, 1, 0n, wide, wide, narrow, narrow, 0, 0, 0, 0),
    ).toThrow(/has no function cuTensorMapEncodeTiled/);
  });
});

describe.skipIf(!canBuildStandIn)(
  'Driver.cuda() on a stand-in library (needs Linux and a C compiler)',
  () => {
    it('describes devices by what the library answers', () => {
      const driver = Driver.cuda(buildStandIn());
      expect(driver.kind).toBe('cuda');
      expect(driver.version).toEqual({ major: 12, minor: 8 });
      expect(driver.devices().map(({ name }) => name)).toEqual([
        'Stand-in GPU 40',
        'Stand-in GPU 41',
        'Stand-in GPU 42',
      ]);
      expect(driver.device(0).totalMemoryBytes).toBe(0x14_0000_0000);
      expect(driver.device(0).attribute('WARP_SIZE')).toBe(-10);
    });

    it('names errors as the library does, even those newer than our header', () => {
      const path = buildStandIn();
      const driver = Driver.cuda(path);
      controlStandIn(path).fail('cuDeviceTotalMem_v2', 4242);
      const error = errorOf(() => driver.device(1).totalMemoryBytes);
      expect(error.name).toBe('CUDA_ERROR_NEWER_THAN_OUR_HEADER');
      expect(error.message).toBe(
        'CUDA_ERROR_NEWER_THAN_OUR_HEADER (4242) from cuDeviceTotalMem_v2(device: 41): the stand-in says so.',
      );
    });

    it('still says something about codes that not even the library knows', () => {
      const path = buildStandIn();
      controlStandIn(path).fail('cuInit', 77);
      const error = errorOf(() => Driver.cuda(path));
      expect(error.message).toBe('CUDA_ERROR_77 (77) from cuInit(): the driver does not know this error.');
    });

    it('sets the current context once, and again only after another was used', () => {
      const path = buildStandIn();
      const control = controlStandIn(path);
      const context = Driver.cuda(path).device(0).retainPrimaryContext();
      control.clear();
      context.memoryInfo();
      context.memoryInfo();
      expect(control.log()).toEqual([
        'cuCtxSetCurrent fedcba9876543210',
        'cuMemGetInfo_v2',
        'cuMemGetInfo_v2',
      ]);
    });
  },
);

function errorOf(body: () => unknown): CudaError {
  try {
    body();
  } catch (error) {
    if (error instanceof CudaError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
