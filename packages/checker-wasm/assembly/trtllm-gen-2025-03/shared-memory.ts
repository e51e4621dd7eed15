import { bytesOf, layOut } from '../device/shared-memory';
import { AllReduce, SplitK } from '../generated/dtypes';
import { Options } from '../generated/options';

const FLOAT_BYTES: f64 = 4;

/** Lays the chunks out: A, B, C0, C1, row maxima. */
// @ts-expect-error: decorator
@inline
export function layOutSharedMemory(o: Options): void {
  const dsmem = o.splitK == SplitK.Dsmem;
  const staged = o.useTmaStore != 0 || dsmem;
  const partial = o.allReduceAlgo == AllReduce.TwoShot || o.numSlicesForSplitK > 1;
  const staging = partial ? o.dtypeAcc : o.dtypeC;
  const copies: f64 = dsmem ? <f64>o.numSlicesForSplitK : 1;
  const c0 = staged ? bytesOf(copies * <f64>o.epilogueTileM * <f64>o.epilogueTileN, staging) : 0;
  const c1 = o.useDeepSeekFp8 != 0 ? c0 : 0;
  const rowMax = o.useDeepSeekFp8 != 0 ? <f64>(o.transposeMmaOutput != 0 ? o.tileM : o.tileN) * FLOAT_BYTES : 0;
  layOut(o, c0, dsmem, c1, rowMax);
}
