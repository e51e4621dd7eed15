import { bytesOf } from '../device/shared-memory';
import { Options } from '../generated/options';

// Chunks of shared memory behind the stages, in bytes.

const FLOAT_BYTES: f64 = 4;

/** C0 reuses the stages: sums of a slice. */
// @ts-expect-error: decorator
@inline
export function c0OverStages(o: Options): bool {
  return o.numSlicesForSplitK > 1;
}

/** Sums of a slice, or an epilogue tile for each of two warpgroups. */
// @ts-expect-error: decorator
@inline
export function c0Bytes(o: Options): f64 {
  return c0OverStages(o)
    ? <f64>o.tileM * <f64>o.tileN * FLOAT_BYTES
    : bytesOf(2 * <f64>o.epilogueTileM * <f64>o.epilogueTileN, o.dtypeC);
}

/** Where tokens lie along n, their scales come with each stage. */
// @ts-expect-error: decorator
@inline
export function rowMaxBytes(o: Options): f64 {
  return (o.useDeepSeekFp8 != 0) & (o.batchM == 0) ? <f64>o.numStages * <f64>o.tileN * FLOAT_BYTES : 0;
}
