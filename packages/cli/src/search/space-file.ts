import { type SearchSpace, suggestion } from '@gemm-preflight/checker-wasm';
import {
  isTargetName,
  type OptionName,
  optionFields,
  type TargetName,
  targetNames,
} from '@gemm-preflight/types';
import { type JsonPath, JsonSource } from '../input/json-source.js';
import { unknownName } from '../input/names.js';
import { readStdin, readText } from '../input/read-text.js';
import type { Io } from '../io.js';
import { UserError } from '../user-error.js';
import { nameFault, readValues, valueFault } from './values.js';

/** A space as somebody wrote it, and what it is searched for. */
export interface SpaceFile {
  readonly name: string | undefined;
  readonly target: TargetName | undefined;
  readonly space: SearchSpace;
  /** The options that take several values, in the order of the file. */
  readonly varied: readonly OptionName[];
}

type Given = Readonly<Record<string, unknown>>;

const shape = '{"target": "b200", "base": {…options}, "space": {"tileM": [64, 128], …}}';
const spaceFields = ['$schema', 'name', 'target', 'base', 'space'] as const;

/**
 * Reads a space to search, `{"space": {…}}` or the space itself.
 * @param file a path, or - for the standard input
 * @param optionsFile a case or bare options: what the file does not say
 * @throws {UserError} with the place of the first fault
 */
export async function readSpaceFile(
  file: string,
  optionsFile: string | undefined,
  io: Io,
): Promise<SpaceFile> {
  const document = await openDocument(file, io);
  const { value } = document;
  const isWrapped = Object.hasOwn(value, 'space') || Object.hasOwn(value, 'base');
  if (isWrapped) refuseUnknownFields(document);
  else refuseOtherFiles(document);
  const { $schema: _, ...bare } = value;
  const space = isWrapped ? document.objectAt('space') : bare;
  const base = Object.hasOwn(value, 'base') && isWrapped ? document.objectAt('base') : {};
  const others = optionsFile === undefined ? undefined : await readOptions(optionsFile, io);
  document.refuseBadOptions(base, ['base']);
  const values = Object.entries(space).map(([name, given]): readonly [string, readonly unknown[]] => {
    const at = isWrapped ? ['space', name] : [name];
    const fault = nameFault(name);
    if (fault !== undefined) throw document.fault(at, fault);
    const read = readValues(name as OptionName, given);
    if (!read.ok) throw document.fault([...at, ...read.fault.at], read.fault.message);
    return [name, read.values];
  });
  const whole = { ...others?.options, ...base, ...Object.fromEntries(values) };
  const missing = optionFields.filter((field) => !field.optional && !Object.hasOwn(whole, field.name));
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    throw new UserError(
      `${document.name}: missing: ${names}; give them in "space" or "base", or with --options`,
    );
  }
  return {
    name: isWrapped && typeof value['name'] === 'string' ? value['name'] : undefined,
    target: isWrapped && isTargetName(value['target']) ? value['target'] : others?.target,
    space: whole as unknown as SearchSpace,
    varied: values.filter(([, tried]) => new Set(tried).size > 1).map(([name]) => name as OptionName),
  };
}

/** A case's options and target, from a file that `check` reads too. */
async function readOptions(
  file: string,
  io: Io,
): Promise<{ readonly options: Given; readonly target: TargetName | undefined }> {
  const document = await openDocument(file, io);
  const { value } = document;
  const isCase = Object.hasOwn(value, 'options');
  const { $schema: _, ...bare } = value;
  const options = isCase ? document.objectAt('options') : bare;
  document.refuseBadOptions(options, isCase ? ['options'] : []);
  const target = isCase && isTargetName(value['target']) ? value['target'] : undefined;
  return { options, target };
}

/** A JSON document whose root is an object, with the places of its faults. */
interface Document {
  readonly name: string;
  readonly value: Given;
  /** The error to throw for what stands somewhere. */
  fault(at: JsonPath, message: string): UserError;
  /** A member that has to be an object. */
  objectAt(field: string): Given;
  /** Throws for what is no option, or no value of one. */
  refuseBadOptions(options: Given, at: JsonPath): void;
}

async function openDocument(file: string, io: Io): Promise<Document> {
  const name = file === '-' ? 'the standard input' : file;
  const source = new JsonSource(file === '-' ? await readStdin(io.stdin) : await readText(file, io.cwd));
  const parsed = source.parse();
  if (!parsed.ok) {
    const { startLine, startColumn } = parsed.region;
    throw new UserError(`${name}:${startLine}:${startColumn}: malformed JSON: ${parsed.fault}`);
  }
  const fault = (at: JsonPath, message: string) => {
    const { startLine, startColumn } = source.regionOf(at) ?? source.beginning;
    return new UserError(`${name}:${startLine}:${startColumn}: ${message}`);
  };
  const { value } = parsed;
  if (!isObject(value)) throw fault([], `an object is expected, such as ${shape}`);
  return {
    name,
    value,
    fault,
    objectAt(field) {
      const member = value[field];
      if (isObject(member)) return member;
      const isThere = Object.hasOwn(value, field);
      throw fault(isThere ? [field] : [], `"${field}" ${isThere ? 'is no object' : 'is missing'}: ${shape}`);
    },
    refuseBadOptions(options, at) {
      for (const [option, given] of Object.entries(options)) {
        const message = nameFault(option) ?? valueFault(option, given);
        if (message !== undefined) throw fault([...at, option], message);
      }
    },
  };
}

function refuseUnknownFields({ value, fault }: Document): void {
  const fields: readonly string[] = spaceFields;
  for (const field of Object.keys(value)) {
    if (fields.includes(field)) continue;
    const hint =
      nameFault(field) === undefined ? '; options stand in "space" or "base"' : suggestion(field, fields);
    throw fault([field], `a search has no field ${JSON.stringify(field)}${hint}`);
  }
  const { name, target } = value;
  if (name !== undefined && typeof name !== 'string') throw fault(['name'], 'the name must be a text');
  if (target === undefined || isTargetName(target)) return;
  throw fault(
    ['target'],
    typeof target === 'string'
      ? unknownName('target', target, targetNames)
      : 'the target must be a name such as "b200"',
  );
}

/** Other files are JSON too, and answer other commands. */
function refuseOtherFiles({ name, value }: Document): void {
  if (Object.hasOwn(value, 'options')) {
    throw new UserError(
      `${name} holds a case; use preflight check ${name}, or search around it with --options ${name}`,
    );
  }
  if (Object.hasOwn(value, 'problems')) {
    throw new UserError(`${name} holds problems; use preflight plan ${name}`);
  }
  if (Object.hasOwn(value, 'kernels')) {
    throw new UserError(`${name} is a catalog of kernels; use preflight kernels --catalog ${name}`);
  }
}

function isObject(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
