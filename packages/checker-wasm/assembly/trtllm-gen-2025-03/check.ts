import { Cause, EPILOGUE_HALF, NO_TENSOR_MEMORY } from '../engine/cause';
import { adjusted, reporting } from '../engine/record';
import { endedByOverflow, fails } from '../engine/report';
import { AllReduce, Dtype } from '../generated/dtypes';
import { Options } from '../generated/options';
import { Rule } from '../generated/rules';
import * as batched from './batched';
import * as deepseek from './deepseek';
import * as epilogue from './epilogue';
import * as mma from './mma';
import * as problem from './problem';

/** Shared memory is laid out behind this rule. */
export const LAST_RULE_BEFORE_SHARED_MEMORY: i32 = Rule.DSFP8_MMA_HALF_TILE;

// Conditions stand in ifs of their own, not before &&: an engine would keep the outcome of && and branch on it once more.

/**
 * Applies the rules in their order, and adjusts the record. Returns whether the check ends here, as one for a verdict does at
 * the first error.
 */
export function check(o: Options): bool {
  if (gemmStage(o)) return true;
  o = adjusted();
  if (o.useDeepSeekFp8 != 0) if (deepseekStage(o)) return true;
  return batchedStage(o);
}

// @ts-expect-error: decorator
@inline
function gemmStage(o: Options): bool {
  if (mma.fusedActivationUnsupported(o)) if (fails(Rule.FUSED_ACTIVATION_UNSUPPORTED)) return true;
  o = mma.e4m3MmaK(o);
  if (o.dtypeElt == Dtype.E2m1) {
    if (fp4Inputs(o)) return true;
    o = adjusted();
  }
  if (o.dtypeC == Dtype.E2m1) if (fp4Output(o)) return true;
  o = mma.outputDtypeDefault(o);
  o = epilogue.epilogueTileM(o);
  o = epilogue.epilogueTileN(o);
  o = epilogue.hopperEpilogueTile(o);
  o = epilogue.mmaM128EpilogueTile(o);
  if (problem.problemSizePositive(o)) if (fails(Rule.PROBLEM_SIZE_POSITIVE)) return true;
  if (problem.splitKPositive(o)) if (fails(Rule.SPLIT_K_POSITIVE)) return true;
  if (problem.splitKDividesK(o)) if (fails(Rule.SPLIT_K_DIVIDES_K)) return true;
  if (problem.tileKDividesKSlice(o)) if (fails(Rule.TILE_K_DIVIDES_K_SLICE)) return true;
  if (epilogue.tmaStoreCoversTile(o)) if (fails(Rule.TMA_STORE_COVERS_TILE)) return true;
  if (epilogue.tmaStoreDividesHidden(o)) if (fails(Rule.TMA_STORE_DIVIDES_HIDDEN)) return true;
  if (epilogue.shuffleBlockDividesM(o)) if (fails(Rule.SHUFFLE_BLOCK_DIVIDES_M)) return true;
  if (epilogue.mmaFitsEpilogueTile(o)) if (fails(Rule.MMA_FITS_EPILOGUE_TILE)) return true;
  // Adjustments leave nothing for this one; a report may have skipped them.
  if (reporting()) if (epilogue.epilogueTileDividesTile(o)) if (fails(Rule.EPILOGUE_TILE_DIVIDES_TILE)) return true;
  if (problem.clusterXyIsOne(o)) if (fails(Rule.CLUSTER_XY_IS_ONE)) return true;
  if (problem.clusterZNeedsSplitK(o)) if (fails(Rule.CLUSTER_Z_NEEDS_SPLIT_K)) return true;
  if (epilogue.tileMLimit(o)) if (fails(Rule.TILE_M_LIMIT)) return true;
  // No rule reads tolerances.
  if (reporting()) problem.tolerances(o);
  if (epilogue.shuffleNeedsTransposedOutput(o)) if (fails(Rule.SHUFFLE_NEEDS_TRANSPOSED_OUTPUT)) return true;
  if (o.allReduceAlgo != AllReduce.None) if (allReduce(o)) return true;
  o = problem.splitKMode(o);
  // The slices tell, and not the mode, which is not derived from a cluster that is none.
  if (o.numSlicesForSplitK > 1) if (splitK(o)) return true;
  return false;
}

// @ts-expect-error: decorator
@inline
function fp4Inputs(o: Options): bool {
  if (mma.fp4NeedsBlackwell(o)) if (fails(Rule.FP4_NEEDS_BLACKWELL)) return true;
  o = mma.fp4MmaK(o);
  o = mma.fp4MmaM(o);
  o = mma.fp4MmaN(o);
  o = mma.fp4TileN(o);
  return endedByOverflow();
}

// @ts-expect-error: decorator
@inline
function fp4Output(o: Options): bool {
  if (mma.fp4OutputNeedsBlackwell(o)) if (fails(Rule.FP4_OUTPUT_NEEDS_BLACKWELL)) return true;
  if (mma.fp4OutputM(o) != 0) if (fails(Rule.FP4_OUTPUT_M)) return true;
  if (mma.fp4OutputN(o) != 0) if (fails(Rule.FP4_OUTPUT_N)) return true;
  if (mma.fp4OutputNotTransposed(o)) if (fails(Rule.FP4_OUTPUT_NOT_TRANSPOSED)) return true;
  return false;
}

// @ts-expect-error: decorator
@inline
function allReduce(o: Options): bool {
  if (problem.oneShotOutputDtype(o)) if (fails(Rule.ONE_SHOT_OUTPUT_DTYPE)) return true;
  if (problem.twoShotOutputDtype(o)) if (fails(Rule.TWO_SHOT_OUTPUT_DTYPE)) return true;
  if (problem.allReduceNeedsTmaStore(o)) if (fails(Rule.ALL_REDUCE_NEEDS_TMA_STORE)) return true;
  return false;
}

// @ts-expect-error: decorator
@inline
function splitK(o: Options): bool {
  if (problem.splitKGmemElements(o)) if (fails(Rule.SPLIT_K_GMEM_ELEMENTS)) return true;
  o = problem.splitKEpilogueTile(o);
  if (problem.splitKClusterSize(o)) if (fails(Rule.SPLIT_K_CLUSTER_SIZE)) return true;
  return false;
}

// @ts-expect-error: decorator
@inline
function deepseekStage(o: Options): bool {
  if (deepseek.dsfp8Dtype(o)) if (fails(Rule.DSFP8_DTYPE)) return true;
  if (deepseek.dsfp8NeedsBlackwell(o)) if (fails(Rule.DSFP8_NEEDS_BLACKWELL)) return true;
  if (deepseek.dsfp8NoAllReduce(o)) if (fails(Rule.DSFP8_NO_ALL_REDUCE)) return true;
  if (deepseek.dsfp8TileK(o)) if (fails(Rule.DSFP8_TILE_K)) return true;
  if (deepseek.dsfp8HiddenMultiple(o) != 0) if (fails(Rule.DSFP8_HIDDEN_MULTIPLE)) return true;
  if (deepseek.dsfp8KMultiple(o) != 0) if (fails(Rule.DSFP8_K_MULTIPLE)) return true;
  if (deepseek.dsfp8EpilogueHalfTile(o) != 0) if (fails(Rule.DSFP8_EPILOGUE_HALF_TILE)) return true;
  if (deepseek.dsfp8MmaHalfTile(o) != 0) if (fails(Rule.DSFP8_MMA_HALF_TILE)) return true;
  return false;
}

// @ts-expect-error: decorator
@inline
function batchedStage(o: Options): bool {
  o = batched.batchSizesDefault(o);
  o = batched.numBatches(o);
  // A verdict comes here where the GEMM stage found nothing. With a TMA store along the dimension that is not batched, that has
  // asked all that follows, of the same sizes.
  if (!reporting() & (o.useTmaStore != 0) & ((o.transposeMmaOutput != 0) != (o.batchM != 0))) return false;
  if (o.batchM != 0 ? batchM(o) : batchN(o)) return true;
  if (o.useDeepSeekFp8 != 0) if (deepseekBatches(o)) return true;
  if (batched.batchedNeedsTmaStore(o)) if (fails(Rule.BATCHED_NEEDS_TMA_STORE)) return true;
  return false;
}

// @ts-expect-error: decorator
@inline
function batchM(o: Options): bool {
  if (batched.batchMSizesPositive(o)) if (fails(Rule.BATCH_M_SIZES_POSITIVE)) return true;
  if (batched.batchMCoversTile(o)) if (fails(Rule.BATCH_M_COVERS_TILE)) return true;
  if (batched.batchMDivides(o)) if (fails(Rule.BATCH_M_DIVIDES)) return true;
  if (batched.batchMRowMajor(o)) if (fails(Rule.BATCH_M_ROW_MAJOR)) return true;
  return false;
}

// @ts-expect-error: decorator
@inline
function batchN(o: Options): bool {
  if (batched.batchNSizesPositive(o)) if (fails(Rule.BATCH_N_SIZES_POSITIVE)) return true;
  if (batched.batchNCoversTile(o)) if (fails(Rule.BATCH_N_COVERS_TILE)) return true;
  if (batched.batchNDivides(o)) if (fails(Rule.BATCH_N_DIVIDES)) return true;
  if (batched.batchNColumnMajor(o)) if (fails(Rule.BATCH_N_COLUMN_MAJOR)) return true;
  return false;
}

// @ts-expect-error: decorator
@inline
function deepseekBatches(o: Options): bool {
  if (batched.dsfp8BatchMHiddenMultiple(o) != 0) if (fails(Rule.DSFP8_BATCH_M_HIDDEN_MULTIPLE)) return true;
  if (batched.dsfp8BatchNHiddenMultiple(o) != 0) if (fails(Rule.DSFP8_BATCH_N_HIDDEN_MULTIPLE)) return true;
  if (batched.dsfp8BatchKMultiple(o) != 0) if (fails(Rule.DSFP8_BATCH_K_MULTIPLE)) return true;
  return false;
}

/** What is wrong, for the rules that can say the same as others; 0 for those that cannot. */
export function causesOf(rule: i32, o: Options): Cause {
  switch (rule) {
    case Rule.FP4_OUTPUT_M:
      return mma.fp4OutputM(o);
    case Rule.FP4_OUTPUT_N:
      return mma.fp4OutputN(o);
    case Rule.PROBLEM_SIZE_POSITIVE:
      return problem.problemSizeCauses(o);
    case Rule.SPLIT_K_POSITIVE:
      return problem.splitKCauses(o);
    case Rule.SPLIT_K_DIVIDES_K:
      return problem.splitKDividesKCauses(o);
    case Rule.TILE_K_DIVIDES_K_SLICE:
      return problem.tileKDividesKSliceCauses(o);
    case Rule.TMA_STORE_COVERS_TILE:
      return epilogue.tmaStoreCoversTileCauses(o);
    case Rule.TMA_STORE_DIVIDES_HIDDEN:
      return epilogue.tmaStoreDividesHiddenCauses(o);
    case Rule.DSFP8_NEEDS_BLACKWELL:
      // Hopper takes the epilogue tile whole, whatever half a tile would want.
      return NO_TENSOR_MEMORY | EPILOGUE_HALF;
    case Rule.DSFP8_HIDDEN_MULTIPLE:
      return deepseek.dsfp8HiddenMultiple(o);
    case Rule.DSFP8_K_MULTIPLE:
      return deepseek.dsfp8KMultiple(o);
    case Rule.DSFP8_EPILOGUE_HALF_TILE:
      return deepseek.dsfp8EpilogueHalfTile(o);
    case Rule.DSFP8_MMA_HALF_TILE:
      return deepseek.dsfp8MmaHalfTile(o);
    case Rule.BATCH_M_SIZES_POSITIVE:
      return batched.batchMSizesCauses(o);
    case Rule.BATCH_M_COVERS_TILE:
      return batched.batchMCoversTileCauses(o);
    case Rule.BATCH_M_DIVIDES:
      return batched.batchMDividesCauses(o);
    case Rule.BATCH_N_SIZES_POSITIVE:
      return batched.batchNSizesCauses(o);
    case Rule.BATCH_N_COVERS_TILE:
      return batched.batchNCoversTileCauses(o);
    case Rule.BATCH_N_DIVIDES:
      return batched.batchNDividesCauses(o);
    case Rule.DSFP8_BATCH_M_HIDDEN_MULTIPLE:
      return batched.dsfp8BatchMHiddenMultiple(o);
    case Rule.DSFP8_BATCH_N_HIDDEN_MULTIPLE:
      return batched.dsfp8BatchNHiddenMultiple(o);
    case Rule.DSFP8_BATCH_K_MULTIPLE:
      return batched.dsfp8BatchKMultiple(o);
    default:
      return 0;
  }
}
