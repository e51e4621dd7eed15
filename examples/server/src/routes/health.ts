import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.js';

/** `GET /healthz`: 200 while launches can be made, else 503 with the reason. Asks the driver each time. */
export function registerHealth(app: FastifyInstance, services: Services): void {
  const { health, device } = services;
  app.get('/healthz', async (_request, reply) => {
    const loss = health.probe();
    const status = loss !== undefined ? 'device-lost' : services.isStopping ? 'stopping' : 'ok';
    const about = { status, device: device.description, kind: device.kind };
    return reply
      .code(status === 'ok' ? 200 : 503)
      .send(loss === undefined ? about : { ...about, reason: loss });
  });
}
