import type { OpenDevice } from '@gemm-preflight/launcher-native';
import type { KernelInfo } from '@gemm-preflight/types';
import { type FastifyInstance, fastify } from 'fastify';
import { createMetrics } from './metrics.js';
import { registerBuffers } from './routes/buffers.js';
import { registerCheck } from './routes/check.js';
import { registerHealth } from './routes/health.js';
import { registerKernels } from './routes/kernels.js';
import { registerLaunch } from './routes/launch.js';
import { registerMetrics } from './routes/metrics.js';
import { ServiceError, toServiceError } from './service-error.js';
import { createServices, type Services } from './services.js';
import type { Settings } from './settings.js';
import { validateWithOurSchemas } from './validation.js';

/** Bytes of a JSON body: options with thousands of batches fit. */
const maxJsonBytes = 2 ** 20;

/** The service, not listening yet. */
export interface Service {
  readonly app: FastifyInstance;
  /** Finishes what has been accepted, refuses what comes, and releases the device. */
  stop(): Promise<void>;
}

/** How a service tells of itself. */
export interface ServiceOptions {
  /** Whether requests that fail for no fault of theirs are logged. Default false. */
  readonly log?: boolean;
  /** Told once when the device is lost, with the reason: it takes another process to use it again. */
  readonly onLost?: (why: string) => void;
}

/**
 * Makes a service that owns a device.
 * @param catalog the kernels that it launches
 */
export function createService(
  settings: Settings,
  device: OpenDevice,
  catalog: readonly KernelInfo[],
  { log = false, onLost = () => {} }: ServiceOptions = {},
): Service {
  const services = createServices(settings, device, catalog, onLost);
  const metrics = createMetrics(services);
  const app = fastify({
    bodyLimit: maxJsonBytes,
    logger: log && { level: 'error' },
    // A connection that is kept alive may bring requests while the service stops: they are answered by the hook below.
    return503OnClosing: false,
  });
  answerErrors(app, services);
  validateWithOurSchemas(app);
  registerMetrics(app, metrics);
  registerHealth(app, services);
  app.register(async (working) => {
    working.addHook('onRequest', async () => {
      if (services.isStopping) throw new ServiceError(503, 'stopping', 'the service is stopping');
    });
    registerKernels(working, services.kernels);
    registerCheck(working, services);
    registerBuffers(working, services.buffers, settings.maxBufferBytes);
    registerLaunch(working, services, metrics);
  });
  const stop = async () => {
    services.isStopping = true;
    // While launches end, /healthz says why there are no new ones; then the rest of the requests is answered. What has missed
    // its deadline is still on the device, and has no request any more.
    await services.queue.idle();
    await app.close();
    await services.queue.idle();
    services.kernels.release();
    device.release();
  };
  return { app, stop };
}

/** Every error is one JSON object: a code for programs, a line for people. */
function answerErrors(app: FastifyInstance, { health }: Services): void {
  app.setErrorHandler((error, request, reply) => {
    health.note(error);
    const { status, code, message, retryAfterSeconds } = toServiceError(error);
    if (status >= 500) request.log.error(error);
    if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
    return reply.code(status).send({ code, message });
  });
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply.code(404).send({ code: 'no-such-route', message: `there is no ${method} ${url.slice(0, 200)}` }),
  );
}
