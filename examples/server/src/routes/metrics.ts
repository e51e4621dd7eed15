import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.js';

/** `GET /metrics`, as Prometheus reads it; counts every answer. */
export function registerMetrics(app: FastifyInstance, { registry, requests, requestSeconds }: Metrics): void {
  app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) => {
    // The pattern and not the address: identifiers would make a time series each.
    const route = routeOptions.url ?? 'unknown';
    requests.inc({ method, route, status: statusCode });
    requestSeconds.observe({ route }, elapsedTime / 1000);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
