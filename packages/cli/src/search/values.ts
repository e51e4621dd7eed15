import {
  findInvalidInput,
  findInvalidValues,
  mostSearchValues,
  suggestion,
} from '@gemm-preflight/checker-wasm';
import { type OptionName, optionFields, optionNames } from '@gemm-preflight/types';
import type { JsonPath } from '../input/json-source.js';

/** What keeps something from being the values of an option, and where below the option that is. */
export interface ValueFault {
  readonly message: string;
  readonly at: JsonPath;
}

/** The values to try for an option, or what is wrong with them. */
export type Values =
  | { readonly ok: true; readonly values: readonly unknown[] }
  | { readonly ok: false; readonly fault: ValueFault };

const rangeFields = ['from', 'to', 'step', 'times'] as const;
const rangeShape = '{"from": 8, "to": 256, "step": 8}, or with "times": 2 in place of "step"';

function wrong(message: string, ...at: JsonPath): Values {
  return { ok: false, fault: { message, at } };
}

/** What is wrong with a name as that of an option; undefined for a good one. */
export function nameFault(name: string): string | undefined {
  if ((optionNames as readonly string[]).includes(name)) return undefined;
  return `there is no option ${JSON.stringify(name)}${suggestion(name, optionNames)}`;
}

/** What is wrong with one value of an option; undefined for a good one. */
export function valueFault(name: string, value: unknown): string | undefined {
  const faults = findInvalidInput({ [name]: value });
  return faults.find(({ fields }) => fields.length === 1 && fields[0] === name)?.message;
}

/**
 * Reads the values to try for an option: one, a list of them, or for whole numbers a range, `{"from", "to", "step"}` or
 * `{"from", "to", "times"}`. A list of tokens is one value, and a list of such lists several.
 */
export function readValues(name: OptionName, given: unknown): Values {
  const kind = optionFields.find((field) => field.name === name)?.kind;
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    if (kind === 'int') return readRange(name, given as Readonly<Record<string, unknown>>);
    return wrong(`${name} is an object; only whole numbers have ranges, so give a value or a list of values`);
  }
  const isOne = !Array.isArray(given) || (kind === 'intList' && !Array.isArray(given[0]));
  const values: readonly unknown[] = isOne ? [given] : given;
  const fault = findInvalidValues(name, values);
  if (fault === undefined) return { ok: true, values };
  return isOne || fault.at === undefined ? wrong(fault.message) : wrong(fault.message, fault.at);
}

function readRange(name: OptionName, given: Readonly<Record<string, unknown>>): Values {
  const unknown = Object.keys(given).find((key) => !(rangeFields as readonly string[]).includes(key));
  if (unknown !== undefined) {
    return wrong(
      `a range has no field ${JSON.stringify(unknown)}${suggestion(unknown, rangeFields)}`,
      unknown,
    );
  }
  for (const key of rangeFields) {
    if (given[key] !== undefined && valueFault(name, given[key]) !== undefined)
      return wrong(`${key} of a range must be a whole number`, key);
  }
  const { from, to, step, times } = given as Readonly<Partial<Record<string, number>>>;
  if (from === undefined || to === undefined || (step !== undefined) === (times !== undefined))
    return wrong(`the range of ${name} is not ${rangeShape}`);
  if (from > to) return wrong(`the range of ${name} goes from ${from} down to ${to}; it must go up`);
  if (step !== undefined && step < 1) return wrong(`step is ${step}; it must be at least 1`, 'step');
  if (times !== undefined && times < 2) return wrong(`times is ${times}; it must be at least 2`, 'times');
  if (times !== undefined && from < 1)
    return wrong(`from is ${from}; with "times" it must be at least 1`, 'from');
  const count = step === undefined ? 0 : Math.floor((to - from) / step) + 1;
  if (count > mostSearchValues) {
    const [has, most] = [count, mostSearchValues].map((number) => number.toLocaleString('en-US'));
    return wrong(`the range of ${name} has ${has} values; at most ${most} are tried`);
  }
  const values: number[] = [];
  for (let value = from; value <= to; value = step === undefined ? value * (times ?? 2) : value + step) {
    values.push(value);
  }
  return { ok: true, values };
}
