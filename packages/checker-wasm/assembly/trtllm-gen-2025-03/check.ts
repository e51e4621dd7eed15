import { Cause, EPILOGUE_HALF, NO_TENSOR_MEMORY } from '../engine/cause';
import { violated } from '../engine/report';
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

// @ts-expect-error: decorator
@inline
function on(rule: i32, condition: bool): u64 {
  return violated(condition, rule, FIRST_RULE);
}

/** Applies the rules in their order. Adjusts the record; returns the rules that are violated, by their distance from FIRST_RULE. */
export function check(o: Options): u64 {
  let errors = gemmStage(o);
  if (o.useDeepSeekFp8 != 0) errors |= deepseekStage(o);
  return errors | batchedStage(o);
}

// @ts-expect-error: decorator
@inline
function gemmStage(o: Options): u64 {
  let errors = on(Rule.FUSED_ACTIVATION_UNSUPPORTED, mma.fusedActivationUnsupported(o));
  mma.e4m3MmaK(o);
  errors |= on(Rule.FP4_NEEDS_BLACKWELL, mma.fp4NeedsBlackwell(o));
  mma.fp4MmaK(o);
  mma.fp4MmaM(o);
  mma.fp4MmaN(o);
  mma.fp4TileN(o);
  errors |= on(Rule.FP4_OUTPUT_NEEDS_BLACKWELL, mma.fp4OutputNeedsBlackwell(o));
  errors |= on(Rule.FP4_OUTPUT_M, mma.fp4OutputM(o) != 0);
  errors |= on(Rule.FP4_OUTPUT_N, mma.fp4OutputN(o) != 0);
  errors |= on(Rule.FP4_OUTPUT_NOT_TRANSPOSED, mma.fp4OutputNotTransposed(o));
  mma.outputDtypeDefault(o);
  epilogue.epilogueTileM(o);
  epilogue.epilogueTileN(o);
  epilogue.hopperEpilogueTile(o);
  epilogue.mmaM128EpilogueTile(o);
  errors |= on(Rule.PROBLEM_SIZE_POSITIVE, problem.problemSizePositive(o) != 0);
  errors |= on(Rule.SPLIT_K_POSITIVE, problem.splitKPositive(o) != 0);
  errors |= on(Rule.SPLIT_K_DIVIDES_K, problem.splitKDividesK(o) != 0);
  errors |= on(Rule.TILE_K_DIVIDES_K_SLICE, problem.tileKDividesKSlice(o) != 0);
  errors |= on(Rule.TMA_STORE_COVERS_TILE, epilogue.tmaStoreCoversTile(o) != 0);
  errors |= on(Rule.TMA_STORE_DIVIDES_HIDDEN, epilogue.tmaStoreDividesHidden(o) != 0);
  errors |= on(Rule.SHUFFLE_BLOCK_DIVIDES_M, epilogue.shuffleBlockDividesM(o));
  errors |= on(Rule.MMA_FITS_EPILOGUE_TILE, epilogue.mmaFitsEpilogueTile(o));
  errors |= on(Rule.EPILOGUE_TILE_DIVIDES_TILE, epilogue.epilogueTileDividesTile(o));
  errors |= on(Rule.CLUSTER_XY_IS_ONE, problem.clusterXyIsOne(o));
  errors |= on(Rule.CLUSTER_Z_NEEDS_SPLIT_K, problem.clusterZNeedsSplitK(o));
  errors |= on(Rule.TILE_M_LIMIT, epilogue.tileMLimit(o));
  problem.toleranceHalf(o);
  problem.toleranceDsfp8(o);
  errors |= on(Rule.SHUFFLE_NEEDS_TRANSPOSED_OUTPUT, epilogue.shuffleNeedsTransposedOutput(o));
  errors |= on(Rule.ONE_SHOT_OUTPUT_DTYPE, problem.oneShotOutputDtype(o));
  errors |= on(Rule.TWO_SHOT_OUTPUT_DTYPE, problem.twoShotOutputDtype(o));
  errors |= on(Rule.ALL_REDUCE_NEEDS_TMA_STORE, problem.allReduceNeedsTmaStore(o));
  problem.splitKMode(o);
  errors |= on(Rule.SPLIT_K_GMEM_ELEMENTS, problem.splitKGmemElements(o));
  problem.splitKEpilogueTile(o);
  errors |= on(Rule.SPLIT_K_CLUSTER_SIZE, problem.splitKClusterSize(o));
  return errors;
}

// @ts-expect-error: decorator
@inline
function deepseekStage(o: Options): u64 {
  let errors = on(Rule.DSFP8_DTYPE, deepseek.dsfp8Dtype(o));
  errors |= on(Rule.DSFP8_NEEDS_BLACKWELL, deepseek.dsfp8NeedsBlackwell(o));
  errors |= on(Rule.DSFP8_NO_ALL_REDUCE, deepseek.dsfp8NoAllReduce(o));
  errors |= on(Rule.DSFP8_TILE_K, deepseek.dsfp8TileK(o));
  errors |= on(Rule.DSFP8_HIDDEN_MULTIPLE, deepseek.dsfp8HiddenMultiple(o) != 0);
  errors |= on(Rule.DSFP8_K_MULTIPLE, deepseek.dsfp8KMultiple(o) != 0);
  errors |= on(Rule.DSFP8_EPILOGUE_HALF_TILE, deepseek.dsfp8EpilogueHalfTile(o) != 0);
  errors |= on(Rule.DSFP8_MMA_HALF_TILE, deepseek.dsfp8MmaHalfTile(o) != 0);
  errors |= on(Rule.DSFP8_BATCH_M_HIDDEN_MULTIPLE, batched.dsfp8BatchMHiddenMultiple(o) != 0);
  errors |= on(Rule.DSFP8_BATCH_N_HIDDEN_MULTIPLE, batched.dsfp8BatchNHiddenMultiple(o) != 0);
  return errors | on(Rule.DSFP8_BATCH_K_MULTIPLE, batched.dsfp8BatchKMultiple(o) != 0);
}

// @ts-expect-error: decorator
@inline
function batchedStage(o: Options): u64 {
  batched.batchSizesDefault(o);
  batched.numBatches(o);
  let errors = on(Rule.BATCHED_NEEDS_TMA_STORE, batched.batchedNeedsTmaStore(o));
  if (o.batchM != 0) {
    errors |= on(Rule.BATCH_M_SIZES_POSITIVE, batched.batchMSizesPositive(o) != 0);
    errors |= on(Rule.BATCH_M_COVERS_TILE, batched.batchMCoversTile(o) != 0);
    errors |= on(Rule.BATCH_M_DIVIDES, batched.batchMDivides(o) != 0);
    errors |= on(Rule.BATCH_M_ROW_MAJOR, batched.batchMRowMajor(o));
  } else {
    errors |= on(Rule.BATCH_N_SIZES_POSITIVE, batched.batchNSizesPositive(o) != 0);
    errors |= on(Rule.BATCH_N_COVERS_TILE, batched.batchNCoversTile(o) != 0);
    errors |= on(Rule.BATCH_N_DIVIDES, batched.batchNDivides(o) != 0);
    errors |= on(Rule.BATCH_N_COLUMN_MAJOR, batched.batchNColumnMajor(o));
  }
  return errors;
}

/** What is wrong, for the rules that can say the same as others; 0 for those that cannot. */
export function causesOf(rule: i32, o: Options): Cause {
  switch (rule) {
    case Rule.FP4_OUTPUT_M:
      return mma.fp4OutputM(o);
    case Rule.FP4_OUTPUT_N:
      return mma.fp4OutputN(o);
    case Rule.PROBLEM_SIZE_POSITIVE:
      return problem.problemSizePositive(o);
    case Rule.SPLIT_K_POSITIVE:
      return problem.splitKPositive(o);
    case Rule.SPLIT_K_DIVIDES_K:
      return problem.splitKDividesK(o);
    case Rule.TILE_K_DIVIDES_K_SLICE:
      return problem.tileKDividesKSlice(o);
    case Rule.TMA_STORE_COVERS_TILE:
      return epilogue.tmaStoreCoversTile(o);
    case Rule.TMA_STORE_DIVIDES_HIDDEN:
      return epilogue.tmaStoreDividesHidden(o);
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
      return batched.batchMSizesPositive(o);
    case Rule.BATCH_M_COVERS_TILE:
      return batched.batchMCoversTile(o);
    case Rule.BATCH_M_DIVIDES:
      return batched.batchMDivides(o);
    case Rule.BATCH_N_SIZES_POSITIVE:
      return batched.batchNSizesPositive(o);
    case Rule.BATCH_N_COVERS_TILE:
      return batched.batchNCoversTile(o);
    case Rule.BATCH_N_DIVIDES:
      return batched.batchNDivides(o);
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
