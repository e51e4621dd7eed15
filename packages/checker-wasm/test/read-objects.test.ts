import { createCheckerSync, type PackedOptions, packOptions } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsNearValid } from './arbitraries.js';
import { dsfp8, fp8 } from './configurations.js';

const checker = createCheckerSync();

/** The entries of options in another order. */
function reordered(options: BatchedGemmOptions): fc.Arbitrary<[string, unknown][]> {
  const entries = Object.entries(options);
  return fc.shuffledSubarray(entries, { minLength: entries.length });
}

function fromEntries(entries: Iterable<readonly [string, unknown]>): BatchedGemmOptions {
  return Object.fromEntries(entries) as unknown as BatchedGemmOptions;
}

describe('an object of options', () => {
  it('may have them in any order', () => {
    const pairs = optionsNearValid.chain((options) => fc.tuple(fc.constant(options), reordered(options)));
    fc.assert(
      fc.property(pairs, ([options, entries]) => {
        expect(checker.check(fromEntries(entries), 'b200')).toEqual(checker.check(options, 'b200'));
        expect(packOptions([fromEntries(entries)]).records.length).toBe(
          packOptions([options]).records.length,
        );
      }),
    );
  });

  it('has no slip that is overlooked, wherever it stands', () => {
    fc.assert(
      fc.property(reordered(fp8), fc.nat(Object.keys(fp8).length), (entries, at) => {
        const { diagnostics } = checker.check(fromEntries(entries.toSpliced(at, 0, ['tilem', 128])), 'b200');
        expect(diagnostics.map(({ message }) => message)).toEqual([
          'there is no option "tilem"; did you mean "tileM"?',
        ]);
      }),
    );
  });

  it('lacks what the one before it had, if it does not have it itself', () => {
    for (const [name, value] of Object.entries(fp8)) {
      checker.check(fp8, 'b200');
      const rest = Object.entries(fp8).filter(([other]) => other !== name);
      expect(checker.check(fromEntries(rest), 'b200').diagnostics).toMatchObject([
        { message: `missing: ${name}`, fields: [name] },
      ]);
      expect(checker.check(fromEntries([...rest, [name, value]]), 'b200').ok).toBe(true);
    }
  });

  it('lacks the tolerances of the one before it', () => {
    const strict = { ...fp8, atol: 0.5, rtol: 0.25 };
    const second = ({ records }: PackedOptions) => records.slice(records.length / 2);
    expect(second(packOptions([strict, fp8]))).toEqual(second(packOptions([fp8, fp8])));
    expect(second(packOptions([fp8, strict]))).toEqual(second(packOptions([strict, strict])));
    expect(second(packOptions([strict, strict]))).not.toEqual(second(packOptions([fp8, fp8])));
  });

  it('may be of a class that has accessors for them', () => {
    class Options {}
    for (const [name, value] of Object.entries(dsfp8)) {
      Object.defineProperty(Options.prototype, name, { get: () => value });
    }
    const options = new Options() as BatchedGemmOptions;
    expect(checker.check(options, 'b200')).toMatchObject({
      ok: true,
      launch: checker.check(dsfp8, 'b200').launch,
    });
    expect(packOptions([options])).toEqual(packOptions([dsfp8]));
  });

  it('may inherit them', () => {
    const options: BatchedGemmOptions = Object.create(dsfp8);
    expect(checker.check(options, 'b200').ok).toBe(true);
    expect(packOptions([options])).toEqual(packOptions([dsfp8]));
  });

  it('is copied: the result’s options are others, with the same lists', () => {
    const { options } = checker.check(fp8, 'b200');
    expect(options).toEqual(fp8);
    expect(options).not.toBe(fp8);
    expect(options.batchedN).toBe(fp8.batchedN);
  });
});
