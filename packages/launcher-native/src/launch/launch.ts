import { type Checker, createCheckerSync, planLaunch } from '@gemm-preflight/checker-wasm';
import type {
  BatchedGemmOptions,
  CheckResult,
  LaunchPlan,
  Target,
  TensorMapSpec,
} from '@gemm-preflight/types';
import { type PreparedLaunch, result, type Stream } from '../driver/index.js';
import { packParams } from '../params/index.js';
import { checkBuffers, type LaunchBuffers } from './check-buffers.js';
import type { LoadedKernel } from './load-kernel.js';

/** The check refused a configuration. Carries all that it found; the message is the first error. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly result: CheckResult;

  constructor(result: CheckResult) {
    const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    super(`${errors[0]?.rule}: ${errors[0]?.message}${more}`);
    this.result = result;
  }
}

/** How to launch. */
export interface LaunchSettings {
  /** The GPU to check for; see `targetOf(device)`. */
  readonly target: Target;
  /** Programmatic dependent launch. Default: on, unless the environment has `TRTLLM_ENABLE_PDL=0`. */
  readonly pdl?: boolean;
  /**
   * The batches' sizes are known on the device alone, and the launch reads its CTA tables there; the options give the tokens in
   * all, at most. Kernels with `trtllm-gen/2` alone. Default false.
   */
  readonly dynamicBatches?: boolean;
}

let checker: Checker | undefined;

/** Checks a configuration for a kernel and plans its launch; touches no device. */
export function checkAndPlan(
  { info }: Pick<LoadedKernel, 'info'>,
  options: BatchedGemmOptions,
  { target, pdl = process.env['TRTLLM_ENABLE_PDL'] !== '0', dynamicBatches = false }: LaunchSettings,
): LaunchPlan {
  checker ??= createCheckerSync();
  const checked = checker.check(options, target, { ruleSet: info.ruleSet, kernel: info });
  if (!checked.ok) throw new RefusedError(checked);
  return planLaunch(info, checked, { pdl, dynamicBatches });
}

/**
 * Launches a kernel: check, plan, pack, launch. Returns at once, with the plan; the work is done when the stream is
 * synchronised.
 * @throws {RefusedError} when the check finds errors
 * @throws {PlanError} when no tensor map can describe a matrix
 * @throws {BufferError} when a buffer is missing, too small or badly aligned
 * @throws {CudaError} when the driver refuses a tensor map or the launch
 */
export function launch(
  loaded: LoadedKernel,
  options: BatchedGemmOptions,
  buffers: LaunchBuffers,
  stream: Stream,
  settings: LaunchSettings,
): LaunchPlan {
  const plan = checkAndPlan(loaded, options, settings);
  launchPlan(loaded, plan, buffers, stream);
  return plan;
}

/** Launches what has been planned: pack, launch. Errors as of {@link launch}. */
export function launchPlan(
  loaded: LoadedKernel,
  plan: LaunchPlan,
  buffers: LaunchBuffers,
  stream: Stream,
): void {
  prepareLaunch(loaded, plan, buffers, stream).launch();
}

/**
 * Packs a planned launch, to be made many times with the same buffers. It holds the kernel's parameter block: preparing
 * another launch of the same loaded kernel overwrites it. Errors as of {@link launch}.
 */
export function prepareLaunch(
  loaded: LoadedKernel,
  plan: LaunchPlan,
  buffers: LaunchBuffers,
  stream: Stream,
): PreparedLaunch {
  const { context, info, kernel, params } = loaded;
  const addresses = checkBuffers(plan, buffers);
  context.makeCurrent();
  const encodeMap = (spec: TensorMapSpec, globalAddress: bigint): Uint8Array => {
    const map = new Uint8Array(128);
    result.tensorMap.encodeTiled(context.calls, { ...spec, globalAddress }, map);
    return map;
  };
  packParams(plan, info, addresses, encodeMap, params);
  const { grid, block, sharedMemBytes, attributes } = plan;
  return kernel.prepareLaunch({ grid, block, sharedMemBytes, attributes, params, stream });
}
