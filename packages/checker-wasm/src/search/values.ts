import { type OptionKind, type OptionName, type OptionShape, optionShapes } from '@gemm-preflight/types';
import { isInt32 } from '../int32.js';
import { findInvalidInput } from '../invalid-input.js';
import { longestList } from '../list-pool.js';

/** How many values of one option are tried at most: far more than an option has sensible ones. */
export const mostSearchValues = 65_536;

/** What keeps values from being tried. */
export interface ValuesFault {
  readonly message: string;
  /** The position of the value at fault; absent where it is all of them together. */
  readonly at?: number;
}

const shapes: ReadonlyMap<string, OptionShape> = new Map(optionShapes.map((shape) => [shape.name, shape]));

/** What kind of value an option takes; undefined for a name that is none. */
export function kindOf(name: string): OptionKind | undefined {
  return shapes.get(name)?.kind;
}

/** The values that an option of a space is tried with: those of a list, or the one that is given. */
export function valuesOf(name: string, given: unknown): readonly unknown[] {
  return Array.isArray(given) && (kindOf(name) !== 'intList' || Array.isArray(given[0])) ? given : [given];
}

/** What is wrong with the values that an option is to be tried with, or undefined. Looks at each value by itself, and once. */
export function findInvalidValues(name: OptionName, values: readonly unknown[]): ValuesFault | undefined {
  if (values.length === 0) return { message: `${name} has no value to try` };
  if (values.length > mostSearchValues) {
    const count = values.length.toLocaleString('en-US');
    return {
      message: `${name} has ${count} values; at most ${mostSearchValues.toLocaleString('en-US')} are tried`,
    };
  }
  const field = shapes.get(name);
  let tokens = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    const message = faultOf(name, field, value);
    if (message !== undefined) return { message, at };
    if (Array.isArray(value)) tokens += value.length;
  }
  return tokens > longestList
    ? { message: `the lists of ${name} have ${tokens} entries; together up to ${longestList} are read` }
    : undefined;
}

function faultOf(name: OptionName, field: OptionShape | undefined, value: unknown): string | undefined {
  // Numbers are what long lists hold, and to see that they are good takes no more.
  if (field?.kind === 'int' && isInt32(value)) return undefined;
  if (field?.kind === 'float' && Number.isFinite(value)) return undefined;
  if (value === undefined && field?.optional !== true) return `a value of ${name} is missing`;
  const faults = findInvalidInput({ [name]: value });
  return faults.find((fault) => fault.fields.length === 1 && fault.fields[0] === name)?.message;
}
