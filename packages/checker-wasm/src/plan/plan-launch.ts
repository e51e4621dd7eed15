import type { CheckResult, KernelInfo, LaunchPlan } from '@gemm-preflight/types';
import { otherThanCompiled } from './kernel-options.js';
import { PlanError } from './plan-error.js';
import { planTokens } from './plan-tokens.js';
import { whyNoTables } from './tables-place.js';

/** From this much dynamic shared memory on, in bytes, a function's limit has to be raised before it is launched. */
export const raisedSharedMemFrom = 48 * 1024;

/** How to plan a launch. */
export interface PlanSettings {
  /** Programmatic dependent launch: the kernel may start before its predecessor in the stream ends. Default true. */
  readonly pdl?: boolean;
  /**
   * The batches' sizes are known on the device alone: the options say how many tokens there are in all at most, and how many
   * batches, not which batch has how many. The launch then reads its CTA tables from device memory. Default false.
   */
  readonly dynamicBatches?: boolean;
}

/**
 * Plans the launch of a checked configuration: everything but addresses. Pure, and the same in a browser and on a
 * server.
 * @throws {PlanError} when the check found errors, or is of other options than the kernel was compiled with, or when no tensor
 * map can describe a matrix, which a check with the launch's rules has found before; and for a kernel that cannot have
 * its CTA tables from where this launch has them.
 */
export function planLaunch(kernel: KernelInfo, result: CheckResult, settings: PlanSettings = {}): LaunchPlan {
  const error = result.diagnostics.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw new PlanError(`${error.rule}: ${error.message}`);
  const [other] = otherThanCompiled(kernel, result.options);
  if (other !== undefined) throw new PlanError(`${kernel.functionName} is ${other}`);
  if (result.launch === null) throw new PlanError('the launch geometry is not known');
  const dynamicBatches = settings.dynamicBatches ?? false;
  const noTables = whyNoTables(kernel, dynamicBatches);
  if (noTables !== undefined) throw new PlanError(`${kernel.functionName} ${noTables}`);

  const o = result.options;
  const { persistentCtas } = result.launch;
  const cluster = { x: o.clusterDimX, y: o.clusterDimY, z: o.clusterDimZ };
  return {
    functionName: kernel.functionName,
    block: { x: kernel.threadsPerCta, y: 1, z: 1 },
    cluster,
    sharedMemBytes: kernel.sharedMemSize,
    raiseSharedMemLimit: kernel.sharedMemSize >= raisedSharedMemFrom,
    attributes: [
      { id: 'clusterDimension', value: cluster },
      { id: 'clusterSchedulingPolicyPreference', value: 'default' },
      { id: 'programmaticStreamSerialization', value: settings.pdl ?? true },
    ],
    dynamicBatches,
    ...(persistentCtas !== undefined && { persistentCtas }),
    ...planTokens(o, result.launch, dynamicBatches),
  };
}
