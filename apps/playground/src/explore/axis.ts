import { type OptionField, type OptionName, optionFields } from '@gemm-preflight/types';
import { choicesOf } from '../state/options.js';
import type { Axis } from '../state/state.js';

/** The most values along one axis. */
export const mostValues = 400;

/** Options that can be an axis: those with one value, that is not measured in fractions. */
export const axisFields: readonly OptionField[] = optionFields.filter(
  ({ kind }) => kind !== 'intList' && kind !== 'float',
);

/** All values of an option that has few, or undefined where an axis takes a range of numbers. */
export function fixedValues(name: OptionName): readonly (string | boolean)[] | undefined {
  const field = axisFields.find((one) => one.name === name);
  return field?.kind === 'bool' ? [false, true] : choicesOf(name);
}

/** The values along an axis, or what is wrong with it. */
export function axisValues({ name, from, to, step }: Axis): readonly (number | string | boolean)[] | string {
  const fixed = fixedValues(name);
  if (fixed !== undefined) return fixed;
  if (!axisFields.some((field) => field.name === name)) {
    const isList = optionFields.find((field) => field.name === name)?.kind === 'intList';
    return `${name} is ${isList ? 'a list' : 'measured in fractions'}, and no axis`;
  }
  if (step < 1) return `the step of ${name} must be at least 1`;
  if (to < from) return `${name} would go from ${from} down to ${to}`;
  const count = Math.floor((to - from) / step) + 1;
  if (count > mostValues) return `${name} would have ${count} values; an axis has up to ${mostValues}`;
  return Array.from({ length: count }, (_, i) => from + i * step);
}

/** The whole number that a text stands for, or undefined; links hold no greater ones than can be told apart. */
export function readWhole(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The range that one would look at first. */
export function usualAxis(name: OptionName): Axis {
  const group = axisFields.find((field) => field.name === name)?.group;
  if (/^(tile|epilogueTile|mma)/.test(name)) return { name, from: 8, to: 256, step: 8 };
  if (group === 'problem') return { name, from: 128, to: 8192, step: 128 };
  if (name === 'numTokens') return { name, from: 0, to: 1024, step: 16 };
  return { name, from: 1, to: 16, step: 1 };
}
