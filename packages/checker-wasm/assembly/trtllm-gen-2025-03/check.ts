import { error, errorBecause } from '../engine/report';
import { Options } from '../generated/options';
import { Rule } from '../generated/rules';
import * as batched from './batched';
import * as deepseek from './deepseek';
import * as epilogue from './epilogue';
import * as mma from './mma';
import * as problem from './problem';
import { layOutSharedMemory } from './shared-memory';

/** Whether the layout is known; set by `check`. */
export let sharedMemoryKnown: bool = false;

/** Applies the rules in their order. Returns whether it came to the end, which only stopAtFirst prevents. */
export function check(o: Options): bool {
  sharedMemoryKnown = false;
  if (!gemmStage(o)) return false;
  if (o.useDeepSeekFp8 != 0 && !deepseekStage(o)) return false;
  sharedMemoryKnown = layOutSharedMemory(o);
  return batchedStage(o);
}

function gemmStage(o: Options): bool {
  if (error(Rule.FUSED_ACTIVATION_UNSUPPORTED, mma.fusedActivationUnsupported(o))) return false;
  mma.e4m3MmaK(o);
  if (error(Rule.FP4_NEEDS_BLACKWELL, mma.fp4NeedsBlackwell(o))) return false;
  mma.fp4MmaK(o);
  mma.fp4MmaM(o);
  mma.fp4MmaN(o);
  mma.fp4TileN(o);
  if (error(Rule.FP4_OUTPUT_NEEDS_BLACKWELL, mma.fp4OutputNeedsBlackwell(o))) return false;
  if (errorBecause(Rule.FP4_OUTPUT_M, mma.fp4OutputM(o))) return false;
  if (errorBecause(Rule.FP4_OUTPUT_N, mma.fp4OutputN(o))) return false;
  if (error(Rule.FP4_OUTPUT_NOT_TRANSPOSED, mma.fp4OutputNotTransposed(o))) return false;
  mma.outputDtypeDefault(o);
  epilogue.epilogueTileM(o);
  epilogue.epilogueTileN(o);
  epilogue.hopperEpilogueTile(o);
  epilogue.mmaM128EpilogueTile(o);
  if (errorBecause(Rule.PROBLEM_SIZE_POSITIVE, problem.problemSizePositive(o))) return false;
  if (errorBecause(Rule.SPLIT_K_POSITIVE, problem.splitKPositive(o))) return false;
  if (errorBecause(Rule.SPLIT_K_DIVIDES_K, problem.splitKDividesK(o))) return false;
  if (errorBecause(Rule.TILE_K_DIVIDES_K_SLICE, problem.tileKDividesKSlice(o))) return false;
  if (errorBecause(Rule.TMA_STORE_COVERS_TILE, epilogue.tmaStoreCoversTile(o))) return false;
  if (errorBecause(Rule.TMA_STORE_DIVIDES_HIDDEN, epilogue.tmaStoreDividesHidden(o))) return false;
  if (error(Rule.SHUFFLE_BLOCK_DIVIDES_M, epilogue.shuffleBlockDividesM(o))) return false;
  if (error(Rule.MMA_FITS_EPILOGUE_TILE, epilogue.mmaFitsEpilogueTile(o))) return false;
  if (error(Rule.EPILOGUE_TILE_DIVIDES_TILE, epilogue.epilogueTileDividesTile(o))) return false;
  if (error(Rule.CLUSTER_XY_IS_ONE, problem.clusterXyIsOne(o))) return false;
  if (error(Rule.CLUSTER_Z_NEEDS_SPLIT_K, problem.clusterZNeedsSplitK(o))) return false;
  if (error(Rule.TILE_M_LIMIT, epilogue.tileMLimit(o))) return false;
  problem.toleranceHalf(o);
  problem.toleranceDsfp8(o);
  if (error(Rule.SHUFFLE_NEEDS_TRANSPOSED_OUTPUT, epilogue.shuffleNeedsTransposedOutput(o))) return false;
  if (error(Rule.ONE_SHOT_OUTPUT_DTYPE, problem.oneShotOutputDtype(o))) return false;
  if (error(Rule.TWO_SHOT_OUTPUT_DTYPE, problem.twoShotOutputDtype(o))) return false;
  if (error(Rule.ALL_REDUCE_NEEDS_TMA_STORE, problem.allReduceNeedsTmaStore(o))) return false;
  problem.splitKMode(o);
  if (error(Rule.SPLIT_K_GMEM_ELEMENTS, problem.splitKGmemElements(o))) return false;
  problem.splitKEpilogueTile(o);
  return !error(Rule.SPLIT_K_CLUSTER_SIZE, problem.splitKClusterSize(o));
}

function deepseekStage(o: Options): bool {
  if (error(Rule.DSFP8_DTYPE, deepseek.dsfp8Dtype(o))) return false;
  if (error(Rule.DSFP8_NEEDS_BLACKWELL, deepseek.dsfp8NeedsBlackwell(o))) return false;
  if (error(Rule.DSFP8_NO_ALL_REDUCE, deepseek.dsfp8NoAllReduce(o))) return false;
  if (error(Rule.DSFP8_TILE_K, deepseek.dsfp8TileK(o))) return false;
  if (errorBecause(Rule.DSFP8_HIDDEN_MULTIPLE, deepseek.dsfp8HiddenMultiple(o))) return false;
  if (errorBecause(Rule.DSFP8_K_MULTIPLE, deepseek.dsfp8KMultiple(o))) return false;
  if (errorBecause(Rule.DSFP8_EPILOGUE_HALF_TILE, deepseek.dsfp8EpilogueHalfTile(o))) return false;
  return !errorBecause(Rule.DSFP8_MMA_HALF_TILE, deepseek.dsfp8MmaHalfTile(o));
}

function batchedStage(o: Options): bool {
  batched.batchSizesDefault(o);
  batched.numBatches(o);
  if (errorBecause(Rule.BATCH_M_SIZES_POSITIVE, batched.batchMSizesPositive(o))) return false;
  if (errorBecause(Rule.BATCH_M_COVERS_TILE, batched.batchMCoversTile(o))) return false;
  if (errorBecause(Rule.BATCH_M_DIVIDES, batched.batchMDivides(o))) return false;
  if (error(Rule.BATCH_M_ROW_MAJOR, batched.batchMRowMajor(o))) return false;
  if (errorBecause(Rule.BATCH_N_SIZES_POSITIVE, batched.batchNSizesPositive(o))) return false;
  if (errorBecause(Rule.BATCH_N_COVERS_TILE, batched.batchNCoversTile(o))) return false;
  if (errorBecause(Rule.BATCH_N_DIVIDES, batched.batchNDivides(o))) return false;
  if (error(Rule.BATCH_N_COLUMN_MAJOR, batched.batchNColumnMajor(o))) return false;
  if (o.useDeepSeekFp8 != 0) {
    if (errorBecause(Rule.DSFP8_BATCH_M_HIDDEN_MULTIPLE, batched.dsfp8BatchMHiddenMultiple(o))) return false;
    if (errorBecause(Rule.DSFP8_BATCH_N_HIDDEN_MULTIPLE, batched.dsfp8BatchNHiddenMultiple(o))) return false;
    if (errorBecause(Rule.DSFP8_BATCH_K_MULTIPLE, batched.dsfp8BatchKMultiple(o))) return false;
  }
  return !error(Rule.BATCHED_NEEDS_TMA_STORE, batched.batchedNeedsTmaStore(o));
}
