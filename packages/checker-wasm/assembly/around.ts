import { kernel, kernelArch, kernelSharedMemory, parameterBlockSize, threadsPerCta } from './device/kernel';
import { halfTileFaults, mmaDtype, shapeFaults, takesElements, tileFaults } from './device/mma';
import { clusterLimits, gridLimits, sharedMemoryLimit } from './device/rules';
import { target } from './engine/memory';
import { unreadableFrom } from './engine/record';
import { beginGroup, fails, reportGroup } from './engine/report';
import { Options, Slot } from './generated/options';
import { FIRST_BLACKWELL_SM, MAX_CTAS_ALONG_TOKENS } from './generated/records';
import { Rule } from './generated/rules';
import { anyNegative, ctasAlongTokens, readsTokenTile } from './launch/geometry';
import { batchCapacity } from './launch/rules';
import {
  carriesInputs,
  carriesOutput,
  sizeOverflow,
  tensorMapBox,
  tensorMapDtype,
  tensorMapExtent,
  tensorMapStride,
  tensorMapSwizzle,
} from './launch/tensor-maps';
import { layOutSharedMemory, staysWithinLimits } from './rule-sets';

// The groups that every rule set has around it: limits of the device and of the launch. Their conditions hold against an option
// that is no size only what they have read of it: that tileN is 0 says nothing about a grid that has no block along z. Where
// the stand-in for such a size breaks no limit by itself, they need not ask.

/** A limit is exceeded that the rule set does not keep options within by itself. Returns whether the check ends here. */
function exceeds(rule: i32): bool {
  return !staysWithinLimits() && fails(rule);
}

/**
 * Applies the rules in their order. Returns whether the check ends here, as one for a verdict does at the first error.
 * @param laidOut whether shared memory could be laid out
 */
function check(o: Options, laidOut: bool): bool {
  const overLimit = laidOut & sharedMemoryLimit();
  const elements = takesElements(o);
  if (overLimit) if (fails(Rule.SHARED_MEMORY_LIMIT)) return true;
  if (gridLimits(o)) if (exceeds(Rule.GRID_LIMITS)) return true;
  if (clusterLimits(o)) if (exceeds(Rule.CLUSTER_LIMITS)) return true;
  if (mmaDtype(o)) if (exceeds(Rule.MMA_DTYPE)) return true;
  const shape = shapeFaults(o, elements);
  if ((shape & ~unreadableFrom(Slot.MMA_M)) != 0) {
    const blackwell = target().smVersion >= FIRST_BLACKWELL_SM;
    if (exceeds(blackwell ? Rule.TCGEN05_SHAPE : Rule.WGMMA_SHAPE)) return true;
  }
  const broken = tileFaults(o) & ~shape;
  if (broken != 0 && (broken & ~halfTileFaults(o)) != 0) if (exceeds(Rule.MMA_DIVIDES_TILE)) return true;
  if (kernel().given != 0) if (checkKernel(laidOut, overLimit)) return true;
  const ctas = ctasAlongTokens(o);
  if ((anyNegative | o.numTokens) < 0) if (fails(Rule.BATCH_SIZES_NOT_NEGATIVE)) return true;
  if ((ctas == 0) & (anyNegative >= 0)) if (fails(Rule.BATCHES_NOT_EMPTY)) return true;
  if (batchCapacity(o)) if (fails(Rule.BATCH_CAPACITY)) return true;
  if (ctas > MAX_CTAS_ALONG_TOKENS && readsTokenTile(o)) if (fails(Rule.CTA_TABLE_CAPACITY)) return true;
  return checkTensorMaps(o, elements) || (kernel().given != 0 && parameterBlockSize() && fails(Rule.PARAMETER_BLOCK_SIZE));
}

function checkKernel(laidOut: bool, overLimit: bool): bool {
  if (kernelArch()) if (fails(Rule.KERNEL_ARCH)) return true;
  if (!overLimit) if (kernelSharedMemory(laidOut)) if (fails(Rule.KERNEL_SHARED_MEMORY)) return true;
  if (threadsPerCta()) if (fails(Rule.THREADS_PER_CTA)) return true;
  return false;
}

// @ts-expect-error: decorator
@inline
function checkTensorMaps(o: Options, elements: bool): bool {
  const inputs = carriesInputs(o, elements);
  const output = carriesOutput(o);
  if (tensorMapDtype(o, elements)) if (exceeds(Rule.TENSOR_MAP_DTYPE)) return true;
  if (tensorMapExtent(o)) if (fails(Rule.TENSOR_MAP_EXTENT)) return true;
  if (tensorMapStride(o, inputs, output)) if (exceeds(Rule.TENSOR_MAP_STRIDE)) return true;
  if (tensorMapBox(o, elements)) if (exceeds(Rule.TENSOR_MAP_BOX)) return true;
  if (tensorMapSwizzle(o, inputs, output)) if (exceeds(Rule.TENSOR_MAP_SWIZZLE)) return true;
  if (sizeOverflow(o)) if (fails(Rule.SIZE_OVERFLOW)) return true;
  return false;
}

/** Reports what is violated, and honours a check that stops at its first error. */
export function reportAround(o: Options, laidOut: bool): void {
  beginGroup();
  check(o, laidOut);
  reportGroup();
}

/** Whether a limit is broken by options that no rule before has refused: for a verdict. */
export function endsAround(o: Options): bool {
  layOutSharedMemory(o);
  return check(o, true);
}
