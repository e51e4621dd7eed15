import { type TensorMapSpec, targets } from '@gemm-preflight/types';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Driver, type DriverCalls, result } from '../../src/driver/index.js';
import { FrameMap } from '../../src/launch/frame-map.js';

const spec: TensorMapSpec = {
  map: 'tmaA',
  buffer: 'a',
  dtype: 'UINT8',
  globalDim: [256, 512],
  globalStrides: [256],
  boxDim: [128, 128],
  elementStrides: [1, 1],
  swizzle: '128B',
};

/** Driver calls that are counted, and after which somebody else changes the map. */
class ChangedDriver {
  readonly calls: DriverCalls;
  encoded = 0;
  replaced = 0;

  /** @param change - what makes these maps different from the emulator's, given the dtype's number where the map is encoded */
  constructor(change: (map: Uint8Array, address: bigint, dtype: number | undefined) => void = () => {}) {
    const driver = Driver.emulator({ target: targets.h100, kernels: () => undefined });
    driver.device(0).retainPrimaryContext().makeCurrent();
    const { calls } = driver;
    this.calls = {
      ...calls,
      cuTensorMapEncodeTiled: (map, dtype, rank, address, ...rest) => {
        this.encoded++;
        const code = calls.cuTensorMapEncodeTiled(map, dtype, rank, address, ...rest);
        change(map, address, dtype);
        return code;
      },
      prepareTensorMapReplaceAddress: (map) => {
        const replace = calls.prepareTensorMapReplaceAddress(map);
        return (address) => {
          this.replaced++;
          const code = replace(address);
          if (code === 0) change(map, address, undefined);
          return code;
        };
      },
    };
  }
}

/** A map as the driver encodes it from the start. */
function encoded({ calls }: ChangedDriver, globalAddress: bigint, of = spec): Uint8Array {
  const bytes = new Uint8Array(128);
  result.tensorMap.encodeTiled(calls, { ...of, globalAddress }, bytes);
  return bytes;
}

const addresses = [0x7f00_0000_1000n, 0x7f12_3456_7800n, 0x7fed_cba9_8700n, 0x2_0000_0000n];

function pointTo(driver: ChangedDriver, at: readonly bigint[]): Uint8Array {
  const bytes = driver.calls.allocateParams(128);
  const map = new FrameMap(driver.calls, bytes);
  for (const address of at) map.point(spec, address);
  return bytes;
}

describe('a map that is pointed elsewhere', () => {
  it('is what the driver would have encoded, and asks it once', () => {
    const driver = new ChangedDriver();
    expect(pointTo(driver, addresses)).toEqual(encoded(driver, addresses.at(-1) ?? 0n));
    expect(driver.replaced).toBe(1);
  });

  it('is what the driver would have encoded, wherever it points', () => {
    const driver = new ChangedDriver();
    const aligned = fc.bigInt({ min: 1n, max: 2n ** 47n / 16n - 1n }).map((n) => n * 16n);
    fc.assert(
      fc.property(fc.array(aligned, { minLength: 1, maxLength: 6 }), (at) => {
        expect(pointTo(driver, at)).toEqual(encoded(driver, at.at(-1) ?? 0n));
      }),
    );
  });

  it('is encoded anew for another matrix, and not for the same in other words', () => {
    const driver = new ChangedDriver();
    const bytes = driver.calls.allocateParams(128);
    const map = new FrameMap(driver.calls, bytes);
    const [one = 0n, two = 0n, three = 0n] = addresses;
    map.point(spec, one);
    map.point({ ...spec, globalDim: [...spec.globalDim] }, two);
    expect(driver.encoded - 4).toBe(1);
    for (const change of [
      { globalDim: [256, 256] },
      { globalStrides: [512] },
      { boxDim: [128, 64] },
      { dtype: 'BFLOAT16', boxDim: [64, 128], globalStrides: [512] },
      { swizzle: 'NONE' },
    ] as const) {
      const other: TensorMapSpec = { ...spec, ...change };
      map.point(other, three);
      expect(bytes).toEqual(encoded(driver, three, other));
    }
  });

  describe('leaves to the driver', () => {
    let driver: ChangedDriver;
    beforeEach(() => {
      driver = new ChangedDriver();
    });

    it.each([0x7f00_0000_1010n, 0x8000_0000_0000n, 0n])('the address 0x%s', (address) => {
      const bytes = pointTo(driver, [...addresses, address]);
      expect(driver.replaced).toBe(2);
      expect(bytes).toEqual(encoded(driver, address));
    });

    it('what is badly aligned, and keeps its address when that is refused', () => {
      const bytes = driver.calls.allocateParams(128);
      const map = new FrameMap(driver.calls, bytes);
      const [one = 0n, two = 0n, three = 0n] = addresses;
      map.point(spec, one);
      map.point(spec, two);
      expect(() => map.point(spec, two + 8n)).toThrow(
        /^CUDA_ERROR_INVALID_VALUE .*cuTensorMapReplaceAddress/,
      );
      expect(bytes).toEqual(encoded(driver, two));
      map.point(spec, three);
      expect(bytes).toEqual(encoded(driver, three));
    });
  });
});

describe('a driver whose maps are not what they seem', () => {
  const sum = (address: bigint) => Number(address % 251n);

  it.each<[string, (map: Uint8Array, address: bigint, dtype: number | undefined) => void]>([
    [
      'keeps a checksum of the address',
      (map, address) => {
        map[127] = sum(address);
      },
    ],
    [
      'keeps the address in another form',
      (map, address) => {
        new DataView(map.buffer, map.byteOffset).setBigUint64(32, address >> 4n, true);
      },
    ],
    [
      'keeps it twice',
      (map, address) => {
        new DataView(map.buffer, map.byteOffset).setBigUint64(112, address, true);
      },
    ],
    [
      'keeps a bit of high addresses elsewhere',
      (map, address) => {
        map[127] = Number((address >> 46n) & 1n);
      },
    ],
    [
      'marks what was replaced',
      (map, _, dtype) => {
        map[127] = dtype === undefined ? 1 : 0;
      },
    ],
    [
      'does so with maps of bytes alone',
      (map, address, dtype) => {
        map[127] = dtype === 0 || (dtype === undefined && map[8] === 0) ? sum(address) : 0;
      },
    ],
  ])('%s: it is asked every time', (_, change) => {
    const driver = new ChangedDriver(change);
    pointTo(driver, addresses);
    expect(driver.replaced).toBe(addresses.length - 1);
  });

  it('refuses to encode what is tried: it is asked every time', () => {
    const driver = new ChangedDriver();
    const { cuTensorMapEncodeTiled: encode } = driver.calls;
    driver.calls.cuTensorMapEncodeTiled = (map, dtype, ...rest) =>
      dtype === 0 ? encode(map, dtype, ...rest) : 801;
    pointTo(driver, addresses);
    expect(driver.replaced).toBe(addresses.length - 1);
  });
});
