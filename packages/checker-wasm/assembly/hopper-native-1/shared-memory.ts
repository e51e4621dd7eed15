import { bytesOf, layOut } from '../device/shared-memory';
import { Options } from '../generated/options';

const FLOAT_BYTES: f64 = 4;

/** Lays the chunks out: A, B, an epilogue tile for each of two warpgroups or sums of a slice, and scales with each stage. */
// @ts-expect-error: decorator
@inline
export function layOutSharedMemory(o: Options): void {
  const split = o.numSlicesForSplitK > 1;
  const staged = bytesOf(2 * <f64>o.epilogueTileM * <f64>o.epilogueTileN, o.dtypeC);
  const sums = <f64>o.tileM * <f64>o.tileN * FLOAT_BYTES;
  const scaled = (o.useDeepSeekFp8 != 0) & (o.batchM == 0);
  layOut(o, split ? sums : staged, split, 0, scaled ? <f64>o.numStages * <f64>o.tileN * FLOAT_BYTES : 0);
}
