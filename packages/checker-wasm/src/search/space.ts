import type { BatchedGemmOptions, OptionName, OptionValue } from '@gemm-preflight/types';
import { findInvalidInput, readOnce } from '../invalid-input.js';
import { findInvalidValues, valuesOf } from './values.js';

/**
 * A space of configurations: every option has one value, or a list of up to 65,536 values to try; a list of tokens is tried in
 * a list of lists. `atol` and `rtol` may be left out, as in options.
 */
export type SearchSpace = {
  readonly [Name in keyof BatchedGemmOptions]:
    | BatchedGemmOptions[Name]
    | readonly NonNullable<BatchedGemmOptions[Name]>[];
};

/** An option that takes several values. */
export interface Axis {
  readonly name: OptionName;
  readonly values: readonly OptionValue[];
}

/** A space taken apart. */
export interface ReadSpace {
  /** A configuration of the space: its first. */
  readonly first: BatchedGemmOptions;
  /** The options with several values, in the order of the space. */
  readonly axes: readonly Axis[];
  /** The number of configurations. */
  readonly total: number;
}

/**
 * Takes a space apart. Reads each value once, so that what answers otherwise each time does not do so later.
 * @throws {TypeError} in one line, when an option is missing, unknown, has no value to try, too many, or one of the wrong type
 * @throws {RangeError} when the space has more configurations than can be counted exactly, 2^53
 */
export function readSpace(space: SearchSpace): ReadSpace {
  if (typeof space !== 'object' || space === null || Array.isArray(space)) {
    throw new TypeError('a space is an object such as {"tileM": [64, 128], …}');
  }
  const read = readOnce(space);
  if (!read.ok) throw new TypeError(read.diagnostics[0]?.message);
  const tried = Object.entries(read.options)
    .filter(([, given]) => given !== undefined)
    .map(([name, given]) => ({ name: name as OptionName, values: valuesOf(name, given) as OptionValue[] }));
  for (const { name, values } of tried) {
    const fault = findInvalidValues(name, values);
    if (fault !== undefined) throw new TypeError(fault.message);
  }
  const first = Object.fromEntries(tried.map(({ name, values }) => [name, values[0]]));
  // Values are good by now: what can be wrong are names, and what is missing.
  const [invalid] = findInvalidInput(first);
  if (invalid !== undefined) throw new TypeError(invalid.message);
  const axes = tried
    .map(({ name, values }) => ({ name, values: [...new Set(values)] }))
    .filter(({ values }) => values.length > 1);
  const total = sizeOf(axes);
  if (total > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(
      `the space has about ${total.toPrecision(3)} configurations; at most 2^53 can be counted`,
    );
  }
  return { first: first as unknown as BatchedGemmOptions, axes, total };
}

/** How many configurations axes have together. */
export function sizeOf(axes: readonly Axis[]): number {
  return axes.reduce((product, { values }) => product * values.length, 1);
}

/** The values that an option has in a space. */
export function valuesIn({ first, axes }: ReadSpace, name: OptionName): readonly OptionValue[] {
  return axes.find((axis) => axis.name === name)?.values ?? [first[name]];
}

/** The configuration at a position of the space, where the last axis runs fastest. */
export function configurationAt(
  { first, axes }: Pick<ReadSpace, 'first' | 'axes'>,
  position: number,
): BatchedGemmOptions {
  let rest = position;
  const chosen: Partial<Record<OptionName, OptionValue>> = {};
  for (const { name, values } of [...axes].reverse()) {
    chosen[name] = values[rest % values.length];
    rest = Math.floor(rest / values.length);
  }
  return { ...first, ...chosen } as BatchedGemmOptions;
}
