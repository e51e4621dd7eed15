import { planLaunch, selectKernel } from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  type Problem,
  type Target,
  type TargetName,
  targetNames,
  targets,
} from '@gemm-preflight/types';
import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../service-error.js';
import type { Services } from '../services.js';

/** Options to check, for a kernel or for any; or a problem, for which a kernel is to be found. */
interface CheckBody {
  readonly options?: BatchedGemmOptions;
  readonly problem?: Problem;
  /** A kernel's `functionName`, for options. */
  readonly kernel?: string;
  /** Default: the device. */
  readonly target?: TargetName;
}

/** What options are is the checker's business: it says what is wrong with them by field. */
const body = {
  type: 'object',
  properties: {
    options: { type: 'object' },
    problem: { $ref: 'urn:gemm-preflight:schema:problem#/properties/problems/items' },
    kernel: { type: 'string' },
    target: { type: 'string', enum: targetNames },
  },
  additionalProperties: false,
} as const;

/** `POST /check`. That something cannot run is an answer like any other: `ok` is false, and the status 200. */
export function registerCheck(app: FastifyInstance, services: Services): void {
  const { checker, kernels, device } = services;
  app.post<{ Body: CheckBody }>('/check', { schema: { body } }, async ({ body }) => {
    const { options, problem, kernel } = body;
    const target = body.target === undefined ? device.target : targets[body.target];
    if (options !== undefined && problem === undefined) {
      return checker.check(options, target, {
        ...(kernel !== undefined && { kernel: kernels.find(kernel) }),
      });
    }
    if (problem !== undefined && options === undefined) return select(services, problem, target);
    throw new ServiceError(400, 'bad-request', 'the body needs either "options" or "problem"');
  });
}

/** The best kernel for a problem with all that `POST /launch` needs, and why the others are none. */
function select({ checker, kernels }: Services, problem: Problem, target: Target) {
  const { selected, candidates } = selectKernel(checker, problem, kernels.all, target);
  const refused = candidates.flatMap((candidate) =>
    candidate.fits
      ? []
      : [{ kernel: candidate.kernel.functionName, reasons: candidate.reasons.map(({ message }) => message) }],
  );
  if (selected === undefined) return { ok: false, refused };
  const { kernel, result, cost } = selected;
  const { options, buffers, outputShape, ctaTables, flops } = planLaunch(kernel, result, { pdl: true });
  return {
    ok: true,
    kernel: kernel.functionName,
    estimatedUs: cost.time.estimatedUs,
    options,
    diagnostics: result.diagnostics,
    buffers,
    outputShape,
    tokenOffsets: ctaTables.tokenOffsets,
    flops,
    refused,
  };
}
