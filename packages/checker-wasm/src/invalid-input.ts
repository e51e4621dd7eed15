import {
  type BatchedGemmOptions,
  type Diagnostic,
  type OptionName,
  type OptionShape,
  optionNames,
  optionShapes,
} from '@gemm-preflight/types';
import { choicesOf } from './choices.js';
import { isInt32 } from './int32.js';
import { longestList } from './list-pool.js';
import { suggestion } from './suggestion.js';

/** A value in a message: short, never more than a line, and never walked into. */
function show(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function invalid(message: string, ...fields: string[]): Diagnostic {
  return { rule: 'invalid-input', severity: 'error', message, fields };
}

/** What is wrong with one value, or undefined. */
function faultOf({ name, kind }: OptionShape, value: unknown): Diagnostic | undefined {
  const choices = choicesOf(kind);
  if (choices !== undefined) {
    if (typeof value === 'string' && choices.includes(value)) return undefined;
    const near = typeof value === 'string' ? suggestion(value, choices) : '';
    return invalid(`${name} is ${show(value)}, which is none of ${choices.join(', ')}${near}`, name);
  }
  switch (kind) {
    case 'bool':
      return typeof value === 'boolean'
        ? undefined
        : invalid(`${name} is ${show(value)}; it must be true or false`, name);
    case 'float':
      return typeof value === 'number' && Number.isFinite(value)
        ? undefined
        : invalid(`${name} is ${show(value)}; it must be a finite number, or be left out`, name);
    case 'intList': {
      if (!Array.isArray(value))
        return invalid(`${name} is ${show(value)}; it must be a list of whole numbers`, name);
      const at = firstNonInt32(value);
      return at < 0
        ? tooLong(name, value.length)
        : invalid(`${name}[${at}] is ${show(value[at])}; it must be ${wholeNumber}`, name);
    }
    default:
      return isInt32(value)
        ? undefined
        : invalid(`${name} is ${show(value)}; it must be ${wholeNumber}`, name);
  }
}

/** The position of a list's first entry that is no 32-bit integer, or -1. */
function firstNonInt32(list: readonly unknown[]): number {
  const { length } = list;
  for (let i = 0; i < Math.min(length, longestList); i++) if (!isInt32(list[i])) return i;
  return -1;
}

function tooLong(name: string, length: number): Diagnostic | undefined {
  return length > longestList
    ? invalid(`${name} has ${length} entries; lists of up to ${longestList} are read`, name)
    : undefined;
}

const wholeNumber = 'a whole number from -2147483648 to 2147483647';

const known: ReadonlySet<string> = new Set(optionNames);

/** Everything that keeps a value from being options: missing, mistyped and unknown ones. Empty for good options. */
export function findInvalidInput(options: unknown): readonly Diagnostic[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [invalid(`options are ${show(options)}; they must be an object such as {"tileM": 128, …}`)];
  }
  const given = options as Readonly<Record<string, unknown>>;
  const unknownNames = Object.keys(given).filter((name) => !known.has(name));
  const missing = optionShapes.filter(({ name, optional }) => !optional && given[name] === undefined);
  return [
    ...unknownNames
      .slice(0, mostUnknownNames)
      .map((name) => invalid(`there is no option ${show(name)}${suggestion(name, optionNames)}`, name)),
    ...(unknownNames.length > mostUnknownNames
      ? [invalid(`and ${unknownNames.length - mostUnknownNames} more names are no options`)]
      : []),
    ...(missing.length > 0 ? [missingOptions(missing.map(({ name }) => name))] : []),
    ...optionShapes.flatMap((field) =>
      given[field.name] === undefined ? [] : (faultOf(field, given[field.name]) ?? []),
    ),
  ];
}

/** More than this are no slips: this is no set of options. */
const mostUnknownNames = 50;

/** Options that were read once, or what kept them from being read. */
type ReadOnce =
  | { readonly ok: true; readonly options: BatchedGemmOptions }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Reads each value of what need not be a plain object once, into an object that is. */
export function readOnce(given: unknown): ReadOnce {
  try {
    const options: Record<string, unknown> = Object.create(null);
    for (const name of Object.keys(given as object)) options[name] = once((given as typeof options)[name]);
    return { ok: true, options: options as unknown as BatchedGemmOptions };
  } catch (error) {
    const why = error instanceof Error ? `: ${show(error.message)}` : '';
    return { ok: false, diagnostics: [invalid(`options cannot be read: doing so throws${why}`)] };
  }
}

function once(value: unknown): unknown {
  if (!Array.isArray(value) || value.length > longestList) return value;
  return Array.from({ length: value.length }, (_, i) => value[i]);
}

function missingOptions(names: readonly OptionName[]): Diagnostic {
  return invalid(`missing: ${names.join(', ')}`, ...names);
}
