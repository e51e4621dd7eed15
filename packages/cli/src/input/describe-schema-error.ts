import { suggestion } from '@gemm-preflight/checker-wasm';
import type { ErrorObject } from 'ajv';
import type { JsonPath } from './json-source.js';

/** Where in the document an error of the validator is: a misspelt field itself, for a missing one its object. */
export function pathOf({ instancePath, params }: ErrorObject): JsonPath {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const extra: unknown = params['additionalProperty'];
  return typeof extra === 'string' ? [...steps, extra] : steps;
}

/** What is wrong with a value, and what it should be, in one line. */
export function describeSchemaError(error: ErrorObject): string {
  const { keyword, params, data, parentSchema } = error;
  const what = nameOf(error);
  switch (keyword) {
    case 'additionalProperties': {
      const given = String(params['additionalProperty']);
      const known = Object.keys((parentSchema?.['properties'] ?? {}) as object);
      return `${what} has no field "${given}"${suggestion(given, known)}`;
    }
    case 'required':
      return `${what} lacks "${params['missingProperty']}"`;
    case 'enum': {
      const allowed = (params['allowedValues'] as readonly unknown[]).map(String);
      const near = typeof data === 'string' ? suggestion(data, allowed) : '';
      return `${what} is ${show(data)}, which is none of ${allowed.join(', ')}${near}`;
    }
    case 'type':
      return `${what} is ${show(data)}; it must be ${typeNames[String(params['type'])] ?? params['type']}`;
    case 'minimum':
      return `${what} is ${show(data)}; it must be at least ${params['limit']}`;
    case 'exclusiveMinimum':
      return `${what} is ${show(data)}; it must be above ${params['limit']}`;
    case 'maximum':
      return `${what} is ${show(data)}; it must be at most ${params['limit']}`;
    case 'minItems':
    case 'minLength':
      return `${what} is empty`;
    case 'pattern':
      return `${what} is ${show(data)}; it must match ${params['pattern']}`;
    default:
      return `${what} ${error.message ?? 'is of the wrong shape'}`;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'an object',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  string: 'a text',
};

/** The path as people write it: `problems[0].tokensPerBatch`. */
function nameOf({ instancePath }: ErrorObject): string {
  const steps = instancePath.split('/').slice(1);
  const name = steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join('');
  return name === '' ? 'the file' : name.replace(/^\./, '');
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
