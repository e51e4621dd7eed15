import type { LaunchAttribute } from '@gemm-preflight/types';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sys } from '../../src/driver/index.js';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const dim3 = fc.record({ x: uint32, y: uint32, z: uint32 });
const config = fc.record({
  grid: dim3,
  block: dim3,
  sharedMemBytes: uint32,
  stream: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});
const attribute: fc.Arbitrary<LaunchAttribute> = fc.oneof(
  dim3.map((value) => ({ id: 'clusterDimension' as const, value })),
  fc.constant({ id: 'clusterSchedulingPolicyPreference' as const, value: 'default' as const }),
  fc.boolean().map((value) => ({ id: 'programmaticStreamSerialization' as const, value })),
);

describe('CUlaunchConfig', () => {
  it('has 56 bytes, from which the same fields are read', () => {
    fc.assert(
      fc.property(config, (fields) => {
        const bytes = sys.createLaunchConfig(fields);
        expect(bytes.byteLength).toBe(56);
        expect(sys.readLaunchConfig(bytes)).toEqual(fields);
      }),
    );
  });

  it('can change its stream without anything else', () => {
    fc.assert(
      fc.property(config, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (fields, stream) => {
        const bytes = sys.createLaunchConfig(fields);
        sys.setLaunchStream(bytes, stream);
        expect(sys.readLaunchConfig(bytes)).toEqual({ ...fields, stream });
      }),
    );
  });
});

describe('CUlaunchAttribute', () => {
  it('has 72 bytes, from which the same attributes are read in the same order', () => {
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 5 }), (attributes) => {
        const bytes = sys.createLaunchAttributes(attributes);
        expect(bytes.byteLength).toBe(72 * attributes.length);
        expect(sys.readLaunchAttributes(bytes)).toEqual(attributes);
      }),
    );
  });

  it('is not read when its id is none of ours', () => {
    const bytes = sys.createLaunchAttributes([{ id: 'programmaticStreamSerialization', value: true }]);
    bytes[0] = 99;
    expect(sys.readLaunchAttributes(bytes)).toBeUndefined();
  });
});
