import { bytesOf } from '../device/shared-memory';
import { AllReduce, SplitK } from '../generated/dtypes';
import { Options } from '../generated/options';

// Chunks of shared memory behind the stages, in bytes.

const FLOAT_BYTES: f64 = 4;

/** C0 reuses the stages: sums of slices in a cluster's shared memory. */
// @ts-expect-error: decorator
@inline
export function c0OverStages(o: Options): bool {
  return o.splitK == SplitK.Dsmem;
}

// @ts-expect-error: decorator
@inline
export function c0Bytes(o: Options): f64 {
  const dsmem = o.splitK == SplitK.Dsmem;
  const staged = o.useTmaStore != 0 || dsmem;
  const partial = o.allReduceAlgo == AllReduce.TwoShot || o.numSlicesForSplitK > 1;
  const staging = partial ? o.dtypeAcc : o.dtypeC;
  const copies: f64 = dsmem ? <f64>o.numSlicesForSplitK : 1;
  return staged ? bytesOf(copies * <f64>o.epilogueTileM * <f64>o.epilogueTileN, staging) : 0;
}

/** C1 is as large as C0 with DeepSeek's scales. */
// @ts-expect-error: decorator
@inline
export function hasC1(o: Options): bool {
  return o.useDeepSeekFp8 != 0;
}

// @ts-expect-error: decorator
@inline
export function rowMaxBytes(o: Options): f64 {
  return o.useDeepSeekFp8 != 0 ? <f64>(o.transposeMmaOutput != 0 ? o.tileM : o.tileN) * FLOAT_BYTES : 0;
}
