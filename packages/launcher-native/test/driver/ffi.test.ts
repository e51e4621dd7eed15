import koffi from 'koffi';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DriverCalls, loadCudaDriver, sys } from '../../src/driver/index.js';
import { buildStandIn, canBuildStandIn, controlStandIn, type StandInControl } from './stand-in/build.js';

// Every function of DriverCalls against a C library that logs what arrives and returns recognisable values.

let calls: DriverCalls;
let standIn: StandInControl;

const handle = 0xfedc_ba98_7654_3210n;
const stream = 0xabcd_ef01_2345_6780n;
const event = 0xfeed_face_0000_0040n;
const pool = 0x9001_0000_0000_0040n;
const address = 0x7fff_edcb_a987_6500n;

const out64 = new BigUint64Array(1);
const out32 = new Int32Array(1);
const greatest = new Int32Array(1);
const outFloat = new Float32Array(1);
const host = Uint8Array.of(0xde, 0xad, 0xbe, 0xef, 0x11);

interface Case {
  readonly call: sys.DriverFunctionName;
  readonly make: () => number;
  /** The stand-in's log line, without the call's name. */
  readonly arrives: string;
  /** What the call wrote, and what it should have. */
  readonly returns?: readonly [actual: () => unknown, expected: unknown];
}

const arrived = (call: sys.DriverFunctionName, make: () => number, arrives: string): Case => ({
  call,
  make,
  arrives,
});
const returned = (base: Case, actual: () => unknown, expected: unknown): Case => ({
  ...base,
  returns: [actual, expected],
});
const get64 = () => out64[0];
const get32 = () => out32[0];
const pattern = (bytes: number) => Array.from({ length: bytes }, (_, i) => (i + 1) & 0xff);

const name = new Uint8Array(32);
const total64 = new BigUint64Array(1);
const target = new Uint8Array(5);
const map = new Uint8Array(130).subarray(1, 129);

const cases: readonly Case[] = [
  arrived('cuInit', () => calls.cuInit(7), '7'),
  returned(
    arrived('cuDriverGetVersion', () => calls.cuDriverGetVersion(out32), ''),
    get32,
    12080,
  ),
  returned(
    arrived('cuDeviceGetCount', () => calls.cuDeviceGetCount(out32), ''),
    get32,
    3,
  ),
  returned(
    arrived('cuDeviceGet', () => calls.cuDeviceGet(out32, 2), '2'),
    get32,
    42,
  ),
  returned(
    arrived('cuDeviceGetName', () => calls.cuDeviceGetName(name, 32, 42), '32 42'),
    () => Buffer.from(name).toString('latin1', 0, 16),
    'Stand-in GPU 42\0',
  ),
  returned(
    arrived('cuDeviceGetAttribute', () => calls.cuDeviceGetAttribute(out32, 97, 42), '97 42'),
    get32,
    -97,
  ),
  returned(
    arrived('cuDeviceTotalMem_v2', () => calls.cuDeviceTotalMem_v2(out64, 42), '42'),
    get64,
    0x14_0000_0000n,
  ),

  returned(
    arrived('cuDeviceCanAccessPeer', () => calls.cuDeviceCanAccessPeer(out32, 42, 41), '42 41'),
    get32,
    1,
  ),

  returned(
    arrived('cuDevicePrimaryCtxRetain', () => calls.cuDevicePrimaryCtxRetain(out64, 42), '42'),
    get64,
    handle,
  ),
  arrived('cuDevicePrimaryCtxRelease_v2', () => calls.cuDevicePrimaryCtxRelease_v2(42), '42'),
  arrived('cuCtxSetCurrent', () => calls.cuCtxSetCurrent(handle), 'fedcba9876543210'),
  returned(
    arrived('cuCtxGetCurrent', () => calls.cuCtxGetCurrent(out64), ''),
    get64,
    handle,
  ),
  arrived('cuCtxSynchronize', () => calls.cuCtxSynchronize(), ''),
  returned(
    arrived('cuCtxGetStreamPriorityRange', () => calls.cuCtxGetStreamPriorityRange(out32, greatest), ''),
    () => [out32[0], greatest[0]],
    [0, -5],
  ),
  arrived('cuCtxEnablePeerAccess', () => calls.cuCtxEnablePeerAccess(handle, 3), 'fedcba9876543210 3'),

  returned(
    arrived('cuMemGetInfo_v2', () => calls.cuMemGetInfo_v2(out64, total64), ''),
    () => [out64[0], total64[0]],
    [0x12_3456_789an, 0x14_0000_0000n],
  ),
  returned(
    arrived('cuMemAlloc_v2', () => calls.cuMemAlloc_v2(out64, 2 ** 33 + 1), '8589934593'),
    get64,
    address,
  ),
  arrived('cuMemFree_v2', () => calls.cuMemFree_v2(address), '7fffedcba9876500'),
  returned(
    arrived('cuMemAllocHost_v2', () => calls.cuMemAllocHost_v2(out64, 64), '64'),
    () => Buffer.from(calls.viewHostMemory(out64[0] ?? 0n, 11)).toString(),
    'page-locked',
  ),
  arrived('cuMemFreeHost', () => calls.cuMemFreeHost(handle), 'fedcba9876543210'),
  arrived(
    'cuMemcpyHtoD_v2',
    () => calls.cuMemcpyHtoD_v2(address, host, 5),
    '7fffedcba9876500 5 [deadbeef11]',
  ),
  returned(
    arrived('cuMemcpyDtoH_v2', () => calls.cuMemcpyDtoH_v2(target, address, 5), '7fffedcba9876500 5'),
    () => [...target],
    pattern(5),
  ),
  arrived(
    'cuMemcpyDtoD_v2',
    () => calls.cuMemcpyDtoD_v2(address, handle, 9),
    '7fffedcba9876500 fedcba9876543210 9',
  ),
  arrived(
    'cuMemcpyHtoDAsync_v2',
    () => calls.cuMemcpyHtoDAsync_v2(address, host.subarray(1, 3), 2, stream),
    '7fffedcba9876500 2 abcdef0123456780 [adbe]',
  ),
  returned(
    arrived(
      'cuMemcpyDtoHAsync_v2',
      () => calls.cuMemcpyDtoHAsync_v2(target.subarray(1, 4), address, 3, stream),
      '7fffedcba9876500 3 abcdef0123456780',
    ),
    () => [...target.subarray(1, 4)],
    pattern(3),
  ),
  arrived(
    'cuMemsetD8_v2',
    () => calls.cuMemsetD8_v2(address, 255, 2 ** 40),
    '7fffedcba9876500 255 1099511627776',
  ),
  arrived(
    'cuMemsetD8Async',
    () => calls.cuMemsetD8Async(address, 1, 7, stream),
    '7fffedcba9876500 1 7 abcdef0123456780',
  ),

  arrived(
    'cuMemcpyDtoDAsync_v2',
    () => calls.cuMemcpyDtoDAsync_v2(address, handle, 9, stream),
    '7fffedcba9876500 fedcba9876543210 9 abcdef0123456780',
  ),
  arrived(
    'cuMemcpyPeer',
    () => calls.cuMemcpyPeer(address, handle, event, stream, 9),
    '7fffedcba9876500 fedcba9876543210 feedface00000040 abcdef0123456780 9',
  ),
  arrived(
    'cuMemcpyPeerAsync',
    () => calls.cuMemcpyPeerAsync(address, handle, event, pool, 9, stream),
    '7fffedcba9876500 fedcba9876543210 feedface00000040 9001000000000040 9 abcdef0123456780',
  ),
  arrived('cuMemHostRegister_v2', () => calls.cuMemHostRegister_v2(host, 5, 1), '5 1 [deadbeef11]'),
  arrived('cuMemHostUnregister', () => calls.cuMemHostUnregister(host), '[deadbeef11]'),

  returned(
    arrived(
      'cuMemAllocAsync',
      () => calls.cuMemAllocAsync(out64, 2 ** 33 + 1, stream),
      '8589934593 abcdef0123456780',
    ),
    get64,
    address,
  ),
  returned(
    arrived(
      'cuMemAllocFromPoolAsync',
      () => calls.cuMemAllocFromPoolAsync(out64, 2 ** 33 + 1, pool, stream),
      '8589934593 9001000000000040 abcdef0123456780',
    ),
    get64,
    address,
  ),
  arrived('cuMemFreeAsync', () => calls.cuMemFreeAsync(address, stream), '7fffedcba9876500 abcdef0123456780'),
  returned(
    arrived('cuDeviceGetDefaultMemPool', () => calls.cuDeviceGetDefaultMemPool(out64, 42), '42'),
    get64,
    pool,
  ),
  returned(
    arrived(
      'cuMemPoolCreate',
      () => calls.cuMemPoolCreate(out64, sys.createMemPoolProps({ device: 7, maxBytes: 2 ** 40 })),
      // Pinned (1), no handle, on device (1) 7, no security attributes, 2^40 bytes at most.
      `[0100000000000000010000000700000000000000000000000000000000010000${'00'.repeat(56)}]`,
    ),
    get64,
    pool,
  ),
  arrived('cuMemPoolDestroy', () => calls.cuMemPoolDestroy(pool), '9001000000000040'),
  returned(
    arrived('cuMemPoolGetAttribute', () => calls.cuMemPoolGetAttribute(pool, 4, out64), '9001000000000040 4'),
    get64,
    0x12_3456_789an,
  ),
  arrived(
    'cuMemPoolSetAttribute',
    () => calls.cuMemPoolSetAttribute(pool, 4, BigUint64Array.of(2n ** 40n)),
    '9001000000000040 4 10000000000',
  ),
  arrived('cuMemPoolTrimTo', () => calls.cuMemPoolTrimTo(pool, 2 ** 33), '9001000000000040 8589934592'),

  arrived('cuStreamBeginCapture_v2', () => calls.cuStreamBeginCapture_v2(stream, 1), 'abcdef0123456780 1'),
  returned(
    arrived('cuStreamEndCapture', () => calls.cuStreamEndCapture(stream, out64), 'abcdef0123456780'),
    get64,
    0x6a4f_0000_0000_0010n,
  ),
  returned(
    arrived('cuStreamIsCapturing', () => calls.cuStreamIsCapturing(stream, out32), 'abcdef0123456780'),
    get32,
    1,
  ),
  returned(
    arrived('cuGraphGetNodes', () => calls.cuGraphGetNodes(handle, 0n, out64), 'fedcba9876543210 0'),
    get64,
    12n,
  ),
  returned(
    arrived(
      'cuGraphInstantiateWithFlags',
      () => calls.cuGraphInstantiateWithFlags(out64, handle, 2n ** 40n),
      'fedcba9876543210 1099511627776',
    ),
    get64,
    0xe8ec_0000_0000_0020n,
  ),
  arrived('cuGraphLaunch', () => calls.cuGraphLaunch(handle, stream), 'fedcba9876543210 abcdef0123456780'),
  arrived('cuGraphExecDestroy', () => calls.cuGraphExecDestroy(handle), 'fedcba9876543210'),
  arrived('cuGraphDestroy', () => calls.cuGraphDestroy(handle), 'fedcba9876543210'),

  returned(
    arrived('cuStreamCreateWithPriority', () => calls.cuStreamCreateWithPriority(out64, 1, -5), '1 -5'),
    get64,
    stream,
  ),
  arrived('cuStreamDestroy_v2', () => calls.cuStreamDestroy_v2(stream), 'abcdef0123456780'),
  arrived('cuStreamSynchronize', () => calls.cuStreamSynchronize(stream), 'abcdef0123456780'),
  arrived('cuStreamQuery', () => calls.cuStreamQuery(stream), 'abcdef0123456780'),
  arrived(
    'cuStreamWaitEvent',
    () => calls.cuStreamWaitEvent(stream, event, 1),
    'abcdef0123456780 feedface00000040 1',
  ),
  returned(
    arrived('cuEventCreate', () => calls.cuEventCreate(out64, 2), '2'),
    get64,
    event,
  ),
  arrived('cuEventRecord', () => calls.cuEventRecord(event, stream), 'feedface00000040 abcdef0123456780'),
  arrived('cuEventQuery', () => calls.cuEventQuery(event), 'feedface00000040'),
  arrived('cuEventSynchronize', () => calls.cuEventSynchronize(event), 'feedface00000040'),
  returned(
    arrived(
      'cuEventElapsedTime',
      () => calls.cuEventElapsedTime(outFloat, event, handle),
      'feedface00000040 fedcba9876543210',
    ),
    () => outFloat[0],
    1.5,
  ),
  arrived('cuEventDestroy_v2', () => calls.cuEventDestroy_v2(event), 'feedface00000040'),

  returned(
    arrived(
      'cuModuleLoadData',
      () => calls.cuModuleLoadData(out64, Uint8Array.from(pattern(20))),
      '[0102030405060708090a0b0c0d0e0f1011121314]',
    ),
    get64,
    0xbeef_0000_0000_0010n,
  ),
  arrived('cuModuleUnload', () => calls.cuModuleUnload(handle), 'fedcba9876543210'),
  returned(
    arrived(
      'cuModuleGetFunction',
      () => calls.cuModuleGetFunction(out64, handle, 'gemm_käse'),
      'fedcba9876543210 gemm_käse',
    ),
    get64,
    0xf00d_0000_0000_0020n,
  ),
  returned(
    arrived('cuFuncGetAttribute', () => calls.cuFuncGetAttribute(out32, 8, handle), '8 fedcba9876543210'),
    get32,
    108,
  ),
  arrived(
    'cuFuncSetAttribute',
    () => calls.cuFuncSetAttribute(handle, 8, 232_448),
    'fedcba9876543210 8 232448',
  ),
  returned(
    arrived(
      'cuTensorMapEncodeTiled',
      () =>
        calls.cuTensorMapEncodeTiled(
          map,
          9,
          3,
          address,
          BigUint64Array.of(2n ** 32n, 22n, 33n),
          BigUint64Array.of(2n ** 39n, 55n),
          Uint32Array.of(64, 128, 256),
          Uint32Array.of(1, 2, 3),
          1,
          3,
          2,
          1,
        ),
      'aligned=1 9 3 7fffedcba9876500 dims=4294967296,22,33 strides=549755813888,55 box=64,128,256 steps=1,2,3 1 3 2 1',
    ),
    () => [...map],
    pattern(128),
  ),
];

describe.skipIf(!canBuildStandIn)(
  'the FFI, against a stand-in library (needs Linux and a C compiler)',
  () => {
    beforeEach(() => {
      if (calls === undefined) {
        const path = buildStandIn();
        calls = loadCudaDriver(path);
        standIn = controlStandIn(path);
      }
    });
    afterEach(() => standIn.clear());

    describe.each(cases)('$call', ({ call, make, arrives, returns }) => {
      it('hands every argument over, and returns success', () => {
        expect(make()).toBe(0);
        expect(standIn.log()).toEqual([arrives === '' ? call : `${call} ${arrives}`]);
        if (returns !== undefined) expect(returns[0]()).toEqual(returns[1]);
      });

      it('returns the code of a failure', () => {
        standIn.fail(call, 999);
        expect(make()).toBe(999);
      });
    });

    it('is tried with every function of the driver, but error names, which have tests of their own', () => {
      const tried = new Set<string>(cases.map(({ call }) => call));
      const helpers = [
        'prepareLaunchKernelEx',
        'prepareTensorMapReplaceAddress',
        'allocateParams',
        'allocateHostPages',
        'viewHostMemory',
      ];
      const untried = Object.keys(calls).filter((key) => !tried.has(key) && !helpers.includes(key));
      expect(untried).toEqual(['cuGetErrorName', 'cuGetErrorString']);
    });

    it('reads error names and texts, which are C strings', () => {
      const text = [''];
      expect(calls.cuGetErrorName(2, text)).toBe(0);
      expect(text).toEqual(['CUDA_ERROR_OUT_OF_MEMORY']);
      expect(calls.cuGetErrorString(4242, text)).toBe(0);
      expect(text).toEqual(['the stand-in says so']);
      expect(calls.cuGetErrorName(-1, text)).toBe(1);
    });

    it('allocates memory that has its pages to itself, zeroed, and of any size', () => {
      const address = koffi.address(calls.allocateHostPages(5));
      expect(calls.allocateHostPages(5)).toEqual(new Uint8Array(5));
      expect(BigInt(address) % 65_536n).toBe(0n);
      expect(calls.allocateHostPages(0).byteLength).toBe(0);
    });

    it('leaves a tensor map as it was when encoding fails', () => {
      const before = Uint8Array.from(pattern(128)).reverse();
      const mine = before.slice();
      standIn.fail('cuTensorMapEncodeTiled', 1);
      const [wide, narrow] = [new BigUint64Array(5), new Uint32Array(5)];
      expect(calls.cuTensorMapEncodeTiled(mine, 0, 1, 0n, wide, wide, narrow, narrow, 0, 0, 0, 0)).toBe(1);
      expect(mine).toEqual(before);
    });

    it('replaces the address of a tensor map where it lies', () => {
      const maps = calls.allocateParams(256);
      const replace = calls.prepareTensorMapReplaceAddress(maps.subarray(64, 192));
      expect(replace(address)).toBe(0);
      expect(standIn.log()).toEqual(['cuTensorMapReplaceAddress aligned=1 7fffedcba9876500']);
      expect([...maps.subarray(64, 192)]).toEqual(pattern(128));
      standIn.fail('cuTensorMapReplaceAddress', 1);
      expect(replace(address)).toBe(1);
      for (const [from, to] of [
        [32, 160],
        [0, 64],
      ] as const) {
        expect(() => calls.prepareTensorMapReplaceAddress(maps.subarray(from, to))).toThrow(
          'A tensor map has 128 bytes at a multiple of 64',
        );
      }
    });

    it('gives the same object for the same path', () => {
      const path = buildStandIn();
      expect(loadCudaDriver(path)).toBe(loadCudaDriver(path));
    });

    it('opens the library that PREFLIGHT_CUDA_LIBRARY names', () => {
      process.env['PREFLIGHT_CUDA_LIBRARY'] = buildStandIn();
      try {
        expect(loadCudaDriver().cuDeviceGetCount(out32)).toBe(0);
        expect(out32[0]).toBe(3);
      } finally {
        delete process.env['PREFLIGHT_CUDA_LIBRARY'];
      }
    });
  },
);
