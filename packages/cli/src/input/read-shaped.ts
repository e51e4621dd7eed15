import type { JsonSchema } from '@gemm-preflight/types';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { UserError } from '../user-error.js';
import { describeSchemaError, pathOf } from './describe-schema-error.js';
import { type FileKind, fileKindOf, wrongKind } from './file-kind.js';
import { JsonSource } from './json-source.js';
import { readText } from './read-text.js';

/**
 * Reads a JSON file that a schema describes.
 * @typeParam T what the schema's values are; the caller sees to it that the two agree
 * @param kind what the schema's files are; one of another kind is told which command takes it
 * @param maxBytes how large the file may be; default: as large as a text can be
 * @throws {UserError} with the place of the first fault, when the file cannot be read or is not of this shape
 */
export async function readShaped<T>(
  path: string,
  cwd: string,
  schema: JsonSchema,
  kind: FileKind,
  maxBytes?: number,
): Promise<T> {
  return (await shapedFrom<T>(await readText(path, cwd, maxBytes), path, schema, kind)).value;
}

/**
 * Reads a JSON text that a schema describes.
 * @param path what to call it in errors
 * @returns the value, and where its parts stand
 * @throws {UserError} with the place of the first fault, when it is not of this shape
 */
export async function shapedFrom<T>(
  text: string,
  path: string,
  schema: JsonSchema,
  kind: FileKind,
): Promise<{ readonly value: T; readonly source: JsonSource }> {
  const source = new JsonSource(text);
  const parsed = source.parse();
  if (!parsed.ok) {
    const { startLine, startColumn } = parsed.region;
    throw new UserError(`${path}:${startLine}:${startColumn}: malformed JSON: ${parsed.fault}`);
  }
  const { value } = parsed;
  const validate = await validator<T>(schema);
  if (validate(value)) return { value, source };
  const other = fileKindOf(value);
  if (other !== undefined && other !== kind) throw new UserError(wrongKind(path, other, kind));
  throw new UserError(describe(path, source, validate.errors ?? []));
}

/** The schema compiler is large: it is loaded when there is something to validate. */
async function validator<T>(schema: JsonSchema): Promise<ValidateFunction<T>> {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  return new Ajv2020({ allErrors: true, verbose: true }).compile<T>(schema);
}

function describe(path: string, source: JsonSource, errors: readonly ErrorObject[]): string {
  const first = errors.toSorted((a, b) => weight(a) - weight(b))[0];
  if (first === undefined) return `${path} has the wrong shape`;
  const region = source.regionOf(pathOf(first), 'start');
  const at = region === undefined ? path : `${path}:${region.startLine}:${region.startColumn}`;
  const others = errors.length - 1;
  const more = others === 0 ? '' : ` (and ${others} more fault${others === 1 ? '' : 's'})`;
  return `${at}: ${describeSchemaError(first)}${more}`;
}

/** A misspelt field also makes one that is missing: tell the first. */
function weight({ keyword }: ErrorObject): number {
  if (keyword === 'additionalProperties') return 0;
  return keyword === 'required' ? 1 : 2;
}
