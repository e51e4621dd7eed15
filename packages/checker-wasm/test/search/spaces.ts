import type { SearchSpace } from '@gemm-preflight/checker-wasm';
import { type BatchedGemmOptions, optionNames } from '@gemm-preflight/types';
import fc from 'fast-check';
import { optionsNearValid } from '../arbitraries.js';

/**
 * Spaces around options that are nearly valid: some options have lists of up to four values, numbers at which rules change their mind
 * among them.
 */
export const spacesNearValid: fc.Arbitrary<SearchSpace> = fc
  .tuple(
    fc.array(optionsNearValid, { minLength: 4, maxLength: 4 }),
    fc.uniqueArray(fc.constantFrom(...optionNames), { maxLength: 5 }),
  )
  .map(([[base, ...others], names]) => {
    const axes = names.map(
      (name) => [name, different([base, ...others].map((options) => options?.[name]))] as const,
    );
    return { ...base, ...Object.fromEntries(axes.filter(([, values]) => values.length > 0)) } as SearchSpace;
  });

function different(values: readonly unknown[]): readonly unknown[] {
  const byText = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...byText.values()].filter((value) => value !== undefined);
}

/** The values that an option of a space has. */
export function valuesOf(space: SearchSpace, name: keyof SearchSpace): readonly unknown[] {
  const given: unknown = space[name];
  const isList = name === 'batchedM' || name === 'batchedN';
  return Array.isArray(given) && (!isList || Array.isArray(given[0])) ? given : [given];
}

/** All configurations of a space. */
export function configurationsOf(space: SearchSpace): readonly BatchedGemmOptions[] {
  return optionNames.reduce<readonly object[]>(
    (all, name) =>
      space[name] === undefined
        ? all
        : all.flatMap((options) => valuesOf(space, name).map((value) => ({ ...options, [name]: value }))),
    [{}],
  ) as readonly BatchedGemmOptions[];
}
