import type { FastifyInstance } from 'fastify';
import type { BufferStore } from '../buffer-store.js';
import { ServiceError } from '../service-error.js';

const createBody = {
  type: 'object',
  properties: { byteLength: { type: 'integer', minimum: 1 } },
  required: ['byteLength'],
  additionalProperties: false,
} as const;

interface ById {
  readonly Params: { readonly id: string };
}

/**
 * Data in device memory: `POST /buffers` allocates, `PUT /buffers/:id` uploads all of it, `GET` downloads it, `DELETE` frees
 * it. Bytes travel as `application/octet-stream`.
 */
export function registerBuffers(app: FastifyInstance, buffers: BufferStore, maxBufferBytes: number): void {
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );

  app.post<{ Body: { readonly byteLength: number } }>(
    '/buffers',
    { schema: { body: createBody } },
    async ({ body: { byteLength } }, reply) => {
      const id = await buffers.create(byteLength);
      return reply.code(201).header('location', `/buffers/${id}`).send({ id, byteLength });
    },
  );

  app.put<ById & { Body: unknown }>(
    '/buffers/:id',
    { bodyLimit: maxBufferBytes },
    async ({ params: { id }, body }, reply) => {
      if (!(body instanceof Uint8Array)) {
        throw new ServiceError(415, 'unsupported-media-type', 'send the bytes as application/octet-stream');
      }
      await buffers.write(id, body);
      return reply.code(204).send();
    },
  );

  app.get<ById>('/buffers/:id', async ({ params: { id } }, reply) =>
    reply.type('application/octet-stream').send(await buffers.read(id)),
  );

  app.delete<ById>('/buffers/:id', async ({ params: { id } }, reply) => {
    buffers.delete(id);
    return reply.code(204).send();
  });
}
