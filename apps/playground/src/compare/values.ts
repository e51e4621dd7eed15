import { optionNames } from '@gemm-preflight/types';
import { choicesOf, type GivenOptions } from '../state/options.js';

/** The text of an option's value: of different values, different texts. One that is not given has none. */
export function valueText(name: string, options: GivenOptions): string {
  const value = Object.hasOwn(options, name) ? options[name] : undefined;
  if (value === undefined) return '';
  if (typeof value === 'string' && isChoice(name, value)) return value;
  return Array.isArray(value)
    ? `[${value.map((one) => JSON.stringify(one)).join(', ')}]`
    : JSON.stringify(value);
}

function isChoice(name: string, value: string): boolean {
  const option = optionNames.find((known) => known === name);
  return option !== undefined && choicesOf(option)?.includes(value) === true;
}
