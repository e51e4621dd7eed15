import {
  type BatchedGemmOptions,
  type OptionName,
  type OptionShape,
  type OptionValue,
  optionShapes,
} from '@gemm-preflight/types';
import { findInvalidInput } from '../invalid-input.js';

/**
 * A space of configurations: every option has one value, or a list of values to try; a list of tokens is tried in a list of
 * lists. `atol` and `rtol` may be left out, as in options.
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

const shapes: ReadonlyMap<string, OptionShape> = new Map(optionShapes.map((shape) => [shape.name, shape]));

/** The values that an option is tried with. */
function valuesOf(name: string, given: unknown): readonly unknown[] {
  const isList = shapes.get(name)?.kind === 'intList';
  return Array.isArray(given) && (!isList || Array.isArray(given[0])) ? given : [given];
}

/**
 * Takes a space apart.
 * @throws {TypeError} in one line, when an option is missing, unknown, has no value to try, or one of the wrong type
 * @throws {RangeError} when the space has more configurations than can be counted exactly, 2^53
 */
export function readSpace(space: SearchSpace): ReadSpace {
  if (typeof space !== 'object' || space === null || Array.isArray(space)) {
    throw new TypeError('a space is an object such as {"tileM": [64, 128], …}');
  }
  const tried = Object.entries(space)
    .filter(([, given]) => given !== undefined)
    .map(([name, given]) => ({ name: name as OptionName, values: valuesOf(name, given) as OptionValue[] }));
  const empty = tried.find(({ values }) => values.length === 0);
  if (empty !== undefined) throw new TypeError(`${empty.name} has no value to try`);
  const first = Object.fromEntries(tried.map(({ name, values }) => [name, values[0]]));
  for (const { name, values } of tried) {
    for (const value of values) {
      const [invalid] = findInvalidInput({ ...first, [name]: value });
      if (invalid !== undefined) throw new TypeError(invalid.message);
    }
  }
  const axes = tried
    .map(({ name, values }) => ({ name, values: [...new Set(values)] }))
    .filter(({ values }) => values.length > 1);
  const total = axes.reduce((product, { values }) => product * values.length, 1);
  if (total > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(
      `the space has about ${total.toPrecision(3)} configurations; at most 2^53 can be counted`,
    );
  }
  return { first: first as unknown as BatchedGemmOptions, axes, total };
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
