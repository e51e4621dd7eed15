import { suggestion } from '@gemm-preflight/checker-wasm';
import { problemSchema } from '@gemm-preflight/types';
import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';

/**
 * Validates bodies with the JSON Schemas that the packages publish. Fastify's own compiler knows an older draft, and turns
 * "1" into 1.
 */
export function validateWithOurSchemas(app: FastifyInstance): void {
  const ajv = new Ajv2020({ verbose: true });
  ajv.addSchema(problemSchema);
  app.setValidatorCompiler(({ schema }) => {
    const validate = ajv.compile(schema as object);
    return (value: unknown) => {
      if (validate(value)) return { value };
      const [first] = validate.errors ?? [];
      return { error: new Error(first === undefined ? 'the body is of the wrong shape' : describe(first)) };
    };
  });
}

/** What is wrong, in one line: `problem.tokensPerBatch must be array`. */
function describe({ keyword, instancePath, message, params, parentSchema }: ErrorObject): string {
  const path = instancePath.split('/').slice(1).join('.');
  const what = path === '' ? 'the body' : path;
  if (keyword === 'additionalProperties') {
    const given = String(params['additionalProperty']).slice(0, 100);
    const known = Object.keys((parentSchema?.['properties'] ?? {}) as object);
    return `${what} has no field "${given}"${suggestion(given, known)}`;
  }
  if (keyword === 'enum')
    return `${what} must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
  return `${what} ${message}`;
}
