import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LaunchAttribute } from '@gemm-preflight/types';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DriverCalls, loadCudaDriver, sys } from '../../src/driver/index.js';
import { buildStandIn, canBuildStandIn, controlStandIn, type StandInControl } from './stand-in/build.js';

// cuLaunchKernelEx follows three levels of pointers; the stand-in copies what it finds at their ends.

const paramBytes = 17_280;
const func = 0xf00d_0000_0000_0020n;

const attributes: readonly LaunchAttribute[] = [
  { id: 'clusterDimension', value: { x: 2, y: 3, z: 1 } },
  { id: 'clusterSchedulingPolicyPreference', value: 'default' },
  { id: 'programmaticStreamSerialization', value: true },
];

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
}

function u32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
}

function u64(bytes: Uint8Array, offset: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(offset, true);
}

describe.skipIf(!canBuildStandIn)(
  'a prepared launch, against a stand-in library (needs Linux and a C compiler)',
  () => {
    let calls: DriverCalls;
    let standIn: StandInControl;

    beforeAll(() => {
      const path = buildStandIn();
      calls = loadCudaDriver(path);
      standIn = controlStandIn(path);
      standIn.expectParams(paramBytes);
    });
    beforeEach(() => standIn.clear());

    const config = () =>
      sys.createLaunchConfig({
        grid: { x: 16, y: 9, z: 65_535 },
        block: { x: 384, y: 2, z: 1 },
        sharedMemBytes: 232_448,
        stream: 0xabcd_ef01_2345_6780n,
      });

    function randomParams(): Uint8Array {
      const params = calls.allocateParams(paramBytes);
      for (let i = 0; i < params.length; i += 1) params[i] = (i * 2_654_435_761) >>> 13;
      return params;
    }

    it('hands over config, attributes, function and all bytes of the parameter', () => {
      const params = randomParams();
      const launch = calls.prepareLaunchKernelEx(
        config(),
        sys.createLaunchAttributes(attributes),
        func,
        params,
      );
      expect(launch()).toBe(0);

      const seen = standIn.lastConfig();
      expect([0, 4, 8, 12, 16, 20, 24].map((offset) => u32(seen, offset))).toEqual([
        16, 9, 65_535, 384, 2, 1, 232_448,
      ]);
      expect(u64(seen, 32)).toBe(0xabcd_ef01_2345_6780n);
      expect(u32(seen, 48)).toBe(3);

      const seenAttributes = standIn.lastAttributes(3);
      expect([0, 72, 144].map((offset) => u32(seenAttributes, offset))).toEqual([4, 5, 6]);
      expect([8, 12, 16].map((offset) => u32(seenAttributes, offset))).toEqual([2, 3, 1]);
      expect(u32(seenAttributes, 72 + 8)).toBe(0);
      expect(u32(seenAttributes, 144 + 8)).toBe(1);

      expect(standIn.lastParams(paramBytes)).toEqual(params);
      expect(standIn.lastFunction()).toBe(func);
      expect(standIn.lastExtra()).toBe(0n);
    });

    it('makes exactly one driver call a launch, and none before', () => {
      const launch = calls.prepareLaunchKernelEx(config(), new Uint8Array(0), func, randomParams());
      expect(standIn.launches()).toBe(0);
      launch();
      launch();
      expect(standIn.log()).toEqual(['cuLaunchKernelEx', 'cuLaunchKernelEx']);
    });

    it('passes a null pointer for no attributes', () => {
      calls.prepareLaunchKernelEx(config(), new Uint8Array(0), func, randomParams())();
      expect([u64(standIn.lastConfig(), 40), u32(standIn.lastConfig(), 48)]).toEqual([0n, 0]);
    });

    it('takes over bytes that were patched between launches', () => {
      const bytes = config();
      const attributeBytes = sys.createLaunchAttributes(attributes);
      const params = randomParams();
      const launch = calls.prepareLaunchKernelEx(bytes, attributeBytes, func, params);
      launch();
      params[17_279] = 0x5a;
      sys.setLaunchStream(bytes, 0x77n);
      attributeBytes[144 + 8] = 0;
      launch();
      expect(standIn.lastParams(paramBytes)[17_279]).toBe(0x5a);
      expect(u64(standIn.lastConfig(), 32)).toBe(0x77n);
      expect(u32(standIn.lastAttributes(3), 144 + 8)).toBe(0);
    });

    it('keeps its bytes alive and in place when nobody else refers to them', async () => {
      const expected = randomParams().slice();
      const launches = Array.from({ length: 20 }, () =>
        calls.prepareLaunchKernelEx(config(), sys.createLaunchAttributes(attributes), func, randomParams()),
      );
      for (let round = 0; round < 3; round += 1) {
        collectGarbage();
        await sleep(1);
        Array.from({ length: 200 }, () => new Uint8Array(paramBytes).fill(round));
      }
      for (const launch of launches) {
        launch();
        expect(standIn.lastParams(paramBytes)).toEqual(expected);
        expect(u32(standIn.lastConfig(), 24)).toBe(232_448);
        expect(u32(standIn.lastAttributes(3), 0)).toBe(4);
      }
    });

    it('returns the code of a failure', () => {
      const launch = calls.prepareLaunchKernelEx(config(), new Uint8Array(0), func, randomParams());
      standIn.fail('cuLaunchKernelEx', 701);
      expect(launch()).toBe(701);
    });

    it('rejects a config or attributes of the wrong size', () => {
      const params = randomParams();
      expect(() => calls.prepareLaunchKernelEx(new Uint8Array(55), new Uint8Array(0), func, params)).toThrow(
        'A CUlaunchConfig has 56 bytes, not 55.',
      );
      expect(() => calls.prepareLaunchKernelEx(config(), new Uint8Array(71), func, params)).toThrow(
        'Launch attributes have 72 bytes each, and 71 is no multiple of that.',
      );
    });

    it('allocates zeroed parameters of the size asked for', () => {
      const params = calls.allocateParams(paramBytes);
      expect(params.byteLength).toBe(paramBytes);
      expect(params.every((byte) => byte === 0)).toBe(true);
      expect(calls.allocateParams(0).byteLength).toBe(0);
    });
  },
);
