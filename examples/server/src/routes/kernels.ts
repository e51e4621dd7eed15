import type { FastifyInstance } from 'fastify';
import type { Kernels } from '../kernels.js';

/** `GET /kernels`: what can be launched, as the catalog describes it. */
export function registerKernels(app: FastifyInstance, kernels: Kernels): void {
  app.get('/kernels', async () => ({ kernels: kernels.all }));
}
