import { type CheckResult, type KernelInfo, type LaunchPlan, outputMatrix } from '@gemm-preflight/types';
import { bufferRequirements } from './buffers.js';
import { ctaTables, tokensOf, tokenTile } from './cta-tables.js';
import { otherThanCompiled } from './kernel-options.js';
import { PlanError } from './plan-error.js';
import { tensorMaps } from './tensor-maps.js';

/** From this much dynamic shared memory on, in bytes, a function's limit has to be raised before it is launched. */
export const raisedSharedMemFrom = 48 * 1024;

/** What a plan can be asked to leave out. */
export interface PlanSettings {
  /** Programmatic dependent launch: the kernel may start before its predecessor in the stream ends. Default true. */
  readonly pdl?: boolean;
}

/**
 * Plans the launch of a checked configuration: everything but addresses. Pure, and the same in a browser and on a
 * server.
 * @throws {PlanError} when the check found errors, or is of other options than the kernel was compiled with, or when no tensor
 * map can describe a matrix, which a check with the launch's rules has found before.
 */
export function planLaunch(kernel: KernelInfo, result: CheckResult, settings: PlanSettings = {}): LaunchPlan {
  const error = result.diagnostics.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw new PlanError(`${error.rule}: ${error.message}`);
  const [other] = otherThanCompiled(kernel, result.options);
  if (other !== undefined) throw new PlanError(`${kernel.functionName} is ${other}`);
  if (result.launch === null) throw new PlanError('the launch geometry is not known');

  const o = result.options;
  const tokens = tokensOf(o);
  const tables = ctaTables(tokens, tokenTile(o));
  const { totalNumPaddedTokens } = tables;
  if (totalNumPaddedTokens === 0) throw new PlanError('no batch has a token; there is nothing to launch');
  const cluster = { x: o.clusterDimX, y: o.clusterDimY, z: o.clusterDimZ };
  const columns = outputMatrix(o).hidden.size;
  return {
    functionName: kernel.functionName,
    options: o,
    grid: result.launch.grid,
    block: { x: kernel.threadsPerCta, y: 1, z: 1 },
    cluster,
    sharedMemBytes: kernel.sharedMemSize,
    raiseSharedMemLimit: kernel.sharedMemSize >= raisedSharedMemFrom,
    attributes: [
      { id: 'clusterDimension', value: cluster },
      { id: 'clusterSchedulingPolicyPreference', value: 'default' },
      { id: 'programmaticStreamSerialization', value: settings.pdl ?? true },
    ],
    tensorMaps: tensorMaps(o, totalNumPaddedTokens),
    buffers: bufferRequirements(o, totalNumPaddedTokens),
    ctaTables: tables,
    outputShape: [totalNumPaddedTokens, columns],
    flops: 2 * (o.batchM ? o.n : o.m) * o.k * tokens.reduce((sum, count) => sum + count, 0),
  };
}
