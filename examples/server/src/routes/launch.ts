import { BufferError, type LaunchBuffers } from '@gemm-preflight/launcher-native';
import type { BatchedGemmOptions, BufferName, LaunchPlan } from '@gemm-preflight/types';
import type { FastifyInstance } from 'fastify';
import type { BufferStore, LeftAs, Loan } from '../buffer-store.js';
import { Deadline } from '../deadline.js';
import type { LaunchEnd } from '../launch-queue.js';
import type { Metrics } from '../metrics.js';
import type { PreparedLoan } from '../prepared-gemms.js';
import { deviceLost, ServiceError } from '../service-error.js';
import type { Services } from '../services.js';

type BufferIds = Partial<Readonly<Record<BufferName, string>>>;

interface LaunchBody {
  /** The kernel's `functionName`. */
  readonly kernel: string;
  readonly options: BatchedGemmOptions;
  /** Identifiers from `POST /buffers`, by role; `POST /check` with a problem tells the roles and their sizes. */
  readonly buffers: BufferIds;
  /** Shorter than the service's own. */
  readonly deadlineMs?: number;
}

const body = {
  type: 'object',
  properties: {
    kernel: { type: 'string' },
    options: { type: 'object' },
    buffers: { type: 'object', additionalProperties: { type: 'string' } },
    deadlineMs: { type: 'integer', minimum: 1 },
  },
  required: ['kernel', 'options', 'buffers'],
  additionalProperties: false,
} as const;

/** `POST /launch`: computes on buffers, and answers when the output can be read. */
export function registerLaunch(app: FastifyInstance, services: Services, metrics: Metrics): void {
  const { settings, health, prepared, buffers, queue } = services;
  // Before the body is read: a service that is asked for too much has no time for that.
  const onRequest = async () => queue.assertRoom();
  app.post<{ Body: LaunchBody }>('/launch', { schema: { body }, onRequest }, async ({ body }) => {
    const deadline = new Deadline(Math.min(body.deadlineMs ?? settings.deadlineMs, settings.deadlineMs));
    if (health.loss !== undefined) throw deviceLost(health.loss);
    const loan = await prepared.borrow(body.kernel, body.options);
    const { plan } = loan.gemm;
    const loans = orEnd(loan, () => {
      refuseLarge(plan, settings.maxLaunchFlops);
      return borrowAll(buffers, plan, body.buffers);
    });
    const { queuedMs, launchMs } = await queue.run({
      deadline,
      launch: (stream) => loan.gemm.launch(loans.buffers, stream),
      onSettled: (settled, error) => {
        health.note(error);
        // Buffers that do not do are refused before anything is launched.
        const end = error instanceof BufferError ? 'dropped' : settled;
        metrics.launches.inc({ end });
        loans.end(leftAs[end]);
        loan.end();
      },
    });
    metrics.queuedSeconds.observe(queuedMs / 1000);
    metrics.launchSeconds.observe(launchMs / 1000);
    return { ok: true, kernel: body.kernel, outputShape: plan.outputShape, queuedMs, launchMs };
  });
}

const leftAs: Readonly<Record<LaunchEnd, LeftAs>> = {
  done: 'written',
  late: 'torn',
  failed: 'torn',
  dropped: 'untouched',
};

/** What comes before a launch takes its turn; where it fails, the loan has been in vain. */
function orEnd<Result>(loan: PreparedLoan, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    loan.end();
    throw error;
  }
}

function refuseLarge({ flops }: LaunchPlan, most: number): void {
  if (flops <= most) return;
  throw new ServiceError(
    413,
    'too-large',
    `the launch has ${flops} operations; this service takes ${most} at most`,
  );
}

/** Borrows all buffers of a launch, or none. A role that the plan does not know is the launch's to refuse. */
function borrowAll(store: BufferStore, plan: LaunchPlan, ids: BufferIds) {
  const written = new Set(
    plan.buffers.filter(({ access }) => access === 'write').map(({ buffer }) => buffer),
  );
  const loans: Loan[] = [];
  const end = (left: LeftAs) => {
    for (const loan of loans) loan.end(left);
  };
  const buffers: { [Name in BufferName]?: Loan['buffer'] } = {};
  try {
    for (const [name, id] of Object.entries(ids) as [BufferName, string][]) {
      const loan = store.borrow(id, written.has(name) ? 'write' : 'read');
      loans.push(loan);
      buffers[name] = loan.buffer;
    }
  } catch (error) {
    end('untouched');
    throw error;
  }
  return { buffers: buffers satisfies LaunchBuffers, end };
}
