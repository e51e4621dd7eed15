import { Cause, EPILOGUE_HALF, NO_TENSOR_MEMORY } from '../engine/cause';
import { endedByOverflow, fails } from '../engine/report';
import { AllReduce, Dtype, SplitK } from '../generated/dtypes';
import { Options } from '../generated/options';
import { Rule } from '../generated/rules';
import * as batched from './batched';
import * as deepseek from './deepseek';
import * as epilogue from './epilogue';
import * as mma from './mma';
import * as problem from './problem';

/** The first rule of the set: the lowest bit of its errors. */
export const FIRST_RULE: i32 = Rule.FUSED_ACTIVATION_UNSUPPORTED;
/** Shared memory is laid out behind this rule. */
export const LAST_RULE_BEFORE_SHARED_MEMORY: i32 = Rule.DSFP8_MMA_HALF_TILE;

/**
 * Applies the rules in their order, and adjusts the record. Returns whether the check ends here, as one for a verdict does at
 * the first error.
 */
export function check(o: Options): bool {
  return gemmStage(o) || (o.useDeepSeekFp8 != 0 && deepseekStage(o)) || batchedStage(o);
}

// @ts-expect-error: decorator
@inline
function gemmStage(o: Options): bool {
  if (mma.fusedActivationUnsupported(o) && fails(Rule.FUSED_ACTIVATION_UNSUPPORTED)) return true;
  mma.e4m3MmaK(o);
  if (o.dtypeElt == Dtype.E2m1 && fp4Inputs(o)) return true;
  if (o.dtypeC == Dtype.E2m1 && fp4Output(o)) return true;
  mma.outputDtypeDefault(o);
  epilogue.epilogueTileM(o);
  epilogue.epilogueTileN(o);
  epilogue.hopperEpilogueTile(o);
  epilogue.mmaM128EpilogueTile(o);
  if (problem.problemSizePositive(o) && fails(Rule.PROBLEM_SIZE_POSITIVE)) return true;
  if (problem.splitKPositive(o) && fails(Rule.SPLIT_K_POSITIVE)) return true;
  if (problem.splitKDividesK(o) && fails(Rule.SPLIT_K_DIVIDES_K)) return true;
  if (problem.tileKDividesKSlice(o) && fails(Rule.TILE_K_DIVIDES_K_SLICE)) return true;
  if (epilogue.tmaStoreCoversTile(o) && fails(Rule.TMA_STORE_COVERS_TILE)) return true;
  if (epilogue.tmaStoreDividesHidden(o) && fails(Rule.TMA_STORE_DIVIDES_HIDDEN)) return true;
  if (epilogue.shuffleBlockDividesM(o) && fails(Rule.SHUFFLE_BLOCK_DIVIDES_M)) return true;
  if (epilogue.mmaFitsEpilogueTile(o) && fails(Rule.MMA_FITS_EPILOGUE_TILE)) return true;
  if (epilogue.epilogueTileDividesTile(o) && fails(Rule.EPILOGUE_TILE_DIVIDES_TILE)) return true;
  if (problem.clusterXyIsOne(o) && fails(Rule.CLUSTER_XY_IS_ONE)) return true;
  if (problem.clusterZNeedsSplitK(o) && fails(Rule.CLUSTER_Z_NEEDS_SPLIT_K)) return true;
  if (epilogue.tileMLimit(o) && fails(Rule.TILE_M_LIMIT)) return true;
  if ((o.useDeepSeekFp8 != 0) | problem.isHalf(o.dtypeElt)) tolerances(o);
  if (epilogue.shuffleNeedsTransposedOutput(o) && fails(Rule.SHUFFLE_NEEDS_TRANSPOSED_OUTPUT)) return true;
  if (o.allReduceAlgo != AllReduce.None && allReduce(o)) return true;
  problem.splitKMode(o);
  return o.splitK != SplitK.None && splitK(o);
}

function tolerances(o: Options): void {
  problem.toleranceHalf(o);
  problem.toleranceDsfp8(o);
}

function fp4Inputs(o: Options): bool {
  if (mma.fp4NeedsBlackwell(o) && fails(Rule.FP4_NEEDS_BLACKWELL)) return true;
  mma.fp4MmaK(o);
  mma.fp4MmaM(o);
  mma.fp4MmaN(o);
  mma.fp4TileN(o);
  return endedByOverflow();
}

function fp4Output(o: Options): bool {
  if (mma.fp4OutputNeedsBlackwell(o) && fails(Rule.FP4_OUTPUT_NEEDS_BLACKWELL)) return true;
  if (mma.fp4OutputM(o) != 0 && fails(Rule.FP4_OUTPUT_M)) return true;
  if (mma.fp4OutputN(o) != 0 && fails(Rule.FP4_OUTPUT_N)) return true;
  return mma.fp4OutputNotTransposed(o) && fails(Rule.FP4_OUTPUT_NOT_TRANSPOSED);
}

function allReduce(o: Options): bool {
  if (problem.oneShotOutputDtype(o) && fails(Rule.ONE_SHOT_OUTPUT_DTYPE)) return true;
  if (problem.twoShotOutputDtype(o) && fails(Rule.TWO_SHOT_OUTPUT_DTYPE)) return true;
  return problem.allReduceNeedsTmaStore(o) && fails(Rule.ALL_REDUCE_NEEDS_TMA_STORE);
}

function splitK(o: Options): bool {
  if (problem.splitKGmemElements(o) && fails(Rule.SPLIT_K_GMEM_ELEMENTS)) return true;
  problem.splitKEpilogueTile(o);
  return problem.splitKClusterSize(o) && fails(Rule.SPLIT_K_CLUSTER_SIZE);
}

function deepseekStage(o: Options): bool {
  if (deepseek.dsfp8Dtype(o) && fails(Rule.DSFP8_DTYPE)) return true;
  if (deepseek.dsfp8NeedsBlackwell(o) && fails(Rule.DSFP8_NEEDS_BLACKWELL)) return true;
  if (deepseek.dsfp8NoAllReduce(o) && fails(Rule.DSFP8_NO_ALL_REDUCE)) return true;
  if (deepseek.dsfp8TileK(o) && fails(Rule.DSFP8_TILE_K)) return true;
  if (deepseek.dsfp8HiddenMultiple(o) != 0 && fails(Rule.DSFP8_HIDDEN_MULTIPLE)) return true;
  if (deepseek.dsfp8KMultiple(o) != 0 && fails(Rule.DSFP8_K_MULTIPLE)) return true;
  if (deepseek.dsfp8EpilogueHalfTile(o) != 0 && fails(Rule.DSFP8_EPILOGUE_HALF_TILE)) return true;
  return deepseek.dsfp8MmaHalfTile(o) != 0 && fails(Rule.DSFP8_MMA_HALF_TILE);
}

// @ts-expect-error: decorator
@inline
function batchedStage(o: Options): bool {
  batched.batchSizesDefault(o);
  batched.numBatches(o);
  if (o.batchM != 0 ? batchM(o) : batchN(o)) return true;
  if (o.useDeepSeekFp8 != 0 && deepseekBatches(o)) return true;
  return batched.batchedNeedsTmaStore(o) && fails(Rule.BATCHED_NEEDS_TMA_STORE);
}

// @ts-expect-error: decorator
@inline
function batchM(o: Options): bool {
  if (batched.batchMSizesPositive(o) && fails(Rule.BATCH_M_SIZES_POSITIVE)) return true;
  if (batched.batchMCoversTile(o) && fails(Rule.BATCH_M_COVERS_TILE)) return true;
  if (batched.batchMDivides(o) && fails(Rule.BATCH_M_DIVIDES)) return true;
  return batched.batchMRowMajor(o) && fails(Rule.BATCH_M_ROW_MAJOR);
}

// @ts-expect-error: decorator
@inline
function batchN(o: Options): bool {
  if (batched.batchNSizesPositive(o) && fails(Rule.BATCH_N_SIZES_POSITIVE)) return true;
  if (batched.batchNCoversTile(o) && fails(Rule.BATCH_N_COVERS_TILE)) return true;
  if (batched.batchNDivides(o) && fails(Rule.BATCH_N_DIVIDES)) return true;
  return batched.batchNColumnMajor(o) && fails(Rule.BATCH_N_COLUMN_MAJOR);
}

function deepseekBatches(o: Options): bool {
  if (batched.dsfp8BatchMHiddenMultiple(o) != 0 && fails(Rule.DSFP8_BATCH_M_HIDDEN_MULTIPLE)) return true;
  if (batched.dsfp8BatchNHiddenMultiple(o) != 0 && fails(Rule.DSFP8_BATCH_N_HIDDEN_MULTIPLE)) return true;
  return batched.dsfp8BatchKMultiple(o) != 0 && fails(Rule.DSFP8_BATCH_K_MULTIPLE);
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
