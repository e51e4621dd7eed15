import { adjusted, reporting } from '../engine/record';
import { fails } from '../engine/report';
import { Options } from '../generated/options';
import { Rule } from '../generated/rules';
import * as batched from '../trtllm-gen-2025-03/batched';
import * as deepseek from '../trtllm-gen-2025-03/deepseek';
import * as epilogue from '../trtllm-gen-2025-03/epilogue';
import * as mma from '../trtllm-gen-2025-03/mma';
import * as problem from '../trtllm-gen-2025-03/problem';
import * as cluster from './cluster';
import * as inputs from './inputs';
import * as tiles from './tiles';

/**
 * Applies the rules in their order, and adjusts the record. Returns whether the check ends here, as one for a verdict does at
 * the first error.
 */
export function check(o: Options): bool {
  if (own(o)) return true;
  return shared(adjusted());
}

// @ts-expect-error: decorator
@inline
function own(o: Options): bool {
  if (inputs.needsHopper()) if (fails(Rule.NEEDS_HOPPER)) return true;
  if (inputs.hopperInputs(o)) if (fails(Rule.HOPPER_INPUTS)) return true;
  if (inputs.hopperAccumulators(o)) if (fails(Rule.HOPPER_ACCUMULATORS)) return true;
  if (inputs.hopperOutput(o)) if (fails(Rule.HOPPER_OUTPUT)) return true;
  o = tiles.hopperInstruction(o);
  o = tiles.hopperTileK(o);
  o = tiles.warpgroupEpilogueTile(o);
  if (tiles.hopperTile(o)) if (fails(Rule.HOPPER_TILE)) return true;
  if (tiles.pipelineStages(o)) if (fails(Rule.PIPELINE_STAGES)) return true;
  if (cluster.clusterOfTwo(o)) if (fails(Rule.CLUSTER_OF_TWO)) return true;
  if (cluster.clusterDividesHidden(o)) if (fails(Rule.CLUSTER_DIVIDES_HIDDEN)) return true;
  if (cluster.splitKSlices(o)) if (fails(Rule.SPLIT_K_SLICES)) return true;
  if (cluster.routeActAlone(o)) if (fails(Rule.ROUTE_ACT_ALONE)) return true;
  if (cluster.allReduceUnsupported(o)) if (fails(Rule.ALL_REDUCE_UNSUPPORTED)) return true;
  if (cluster.shuffleUnsupported(o)) if (fails(Rule.SHUFFLE_UNSUPPORTED)) return true;
  return false;
}

/** What the first family demands alike. */
// @ts-expect-error: decorator
@inline
function shared(o: Options): bool {
  if (mma.fusedActivationUnsupported(o)) if (fails(Rule.FUSED_ACTIVATION_UNSUPPORTED)) return true;
  o = mma.outputDtypeDefault(o);
  if (problem.problemSizePositive(o)) if (fails(Rule.PROBLEM_SIZE_POSITIVE)) return true;
  if (problem.splitKPositive(o)) if (fails(Rule.SPLIT_K_POSITIVE)) return true;
  if (problem.splitKDividesK(o)) if (fails(Rule.SPLIT_K_DIVIDES_K)) return true;
  if (problem.tileKDividesKSlice(o)) if (fails(Rule.TILE_K_DIVIDES_K_SLICE)) return true;
  if (epilogue.tmaStoreCoversTile(o)) if (fails(Rule.TMA_STORE_COVERS_TILE)) return true;
  if (epilogue.tmaStoreDividesHidden(o)) if (fails(Rule.TMA_STORE_DIVIDES_HIDDEN)) return true;
  if (problem.clusterZNeedsSplitK(o)) if (fails(Rule.CLUSTER_Z_NEEDS_SPLIT_K)) return true;
  // No rule reads tolerances.
  if (reporting()) problem.tolerances(o);
  o = cluster.splitKMode(o);
  if (problem.splitKClusterSize(o)) if (fails(Rule.SPLIT_K_CLUSTER_SIZE)) return true;
  if (o.useDeepSeekFp8 != 0) if (deepseek.dsfp8Dtype(o)) if (fails(Rule.DSFP8_DTYPE)) return true;
  o = batched.batchSizesDefault(o);
  o = batched.numBatches(o);
  if (batched.batchMRowMajor(o)) if (fails(Rule.BATCH_M_ROW_MAJOR)) return true;
  if (batched.batchNColumnMajor(o)) if (fails(Rule.BATCH_N_COLUMN_MAJOR)) return true;
  if (batched.batchedNeedsTmaStore(o)) if (fails(Rule.BATCHED_NEEDS_TMA_STORE)) return true;
  return false;
}
