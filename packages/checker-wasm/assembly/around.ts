import { kernel, kernelArch, kernelSharedMemory, parameterBlockSize, threadsPerCta } from './device/kernel';
import { mmaDtype, mmaShape, takesElements } from './device/mma';
import { clusterLimits, gridLimits, sharedMemoryLimit } from './device/rules';
import { target } from './engine/memory';
import { readable, report } from './engine/report';
import { Options } from './generated/options';
import { FIRST_BLACKWELL_SM, MAX_CTAS_ALONG_TOKENS } from './generated/records';
import { RULE_FIELDS, Rule } from './generated/rules';
import { anyNegative, ctasAlongTokens } from './launch/geometry';
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

// The groups that every rule set has around it: limits of the device and of the launch. Like those of a rule set, they are all
// evaluated, and come back as bits, by their distance from the first.

const FIRST_RULE: i32 = Rule.SHARED_MEMORY_LIMIT;

// @ts-expect-error: decorator
@inline
function on(rule: i32, condition: bool): u32 {
  return <u32>condition << (rule - FIRST_RULE);
}

/** The rules that are violated. Whether shared memory is laid out, is for the caller to say. */
function violated(o: Options, laidOut: bool): u32 {
  const overLimit = laidOut & sharedMemoryLimit();
  const ctas = ctasAlongTokens(o);
  const elements = takesElements(o);
  const oddShape = elements & mmaShape(o);
  const inputs = carriesInputs(o, elements);
  const output = carriesOutput(o);
  const blackwell = target().smVersion >= FIRST_BLACKWELL_SM;
  let errors =
    on(Rule.SHARED_MEMORY_LIMIT, overLimit) |
    on(Rule.GRID_LIMITS, gridLimits(o)) |
    on(Rule.CLUSTER_LIMITS, clusterLimits(o)) |
    on(Rule.MMA_DTYPE, mmaDtype(o)) |
    on(Rule.WGMMA_SHAPE, oddShape & !blackwell) |
    on(Rule.TCGEN05_SHAPE, oddShape & blackwell) |
    on(Rule.BATCH_SIZES_NOT_NEGATIVE, anyNegative < 0) |
    on(Rule.BATCH_CAPACITY, batchCapacity(o)) |
    on(Rule.CTA_TABLE_CAPACITY, ctas > MAX_CTAS_ALONG_TOKENS) |
    on(Rule.TENSOR_MAP_DTYPE, tensorMapDtype(o, elements)) |
    on(Rule.TENSOR_MAP_EXTENT, tensorMapExtent(o)) |
    on(Rule.TENSOR_MAP_STRIDE, tensorMapStride(o, inputs, output)) |
    on(Rule.TENSOR_MAP_BOX, tensorMapBox(o, elements)) |
    on(Rule.TENSOR_MAP_SWIZZLE, tensorMapSwizzle(o, inputs, output)) |
    on(Rule.SIZE_OVERFLOW, sizeOverflow(o));
  if (kernel().given != 0) {
    errors |=
      on(Rule.KERNEL_ARCH, kernelArch()) |
      on(Rule.KERNEL_SHARED_MEMORY, laidOut && !overLimit && kernelSharedMemory()) |
      on(Rule.THREADS_PER_CTA, threadsPerCta()) |
      on(Rule.PARAMETER_BLOCK_SIZE, parameterBlockSize());
  }
  return errors;
}

/** Reports what is violated, as far as the rules can read their options, and honours a check that stops at its first error. */
export function reportAround(o: Options, laidOut: bool): void {
  for (let errors = violated(o, laidOut); errors != 0; errors &= errors - 1) {
    const rule = FIRST_RULE + <i32>ctz(errors);
    if (readable(load<u64>(RULE_FIELDS + (<usize>rule << 3))) && report(rule)) return;
  }
}

/** The first violated rule of options that no rule before has refused, or -1. Shared memory is laid out by now. */
export function firstAround(o: Options): i32 {
  const errors = violated(o, true);
  return errors != 0 ? FIRST_RULE + <i32>ctz(errors) : -1;
}
