import { expect } from 'vitest';
import { emulateBatchedGemm } from '../../src/emulator/kernels/index.js';
import { decode, encode } from '../../src/emulator/number-formats.js';
import type { GemmCase, GemmSettings } from './gemm-case.js';
import { outputOf, outputScalesOf, referenceSums } from './reference.js';

/** Launches a case on the emulated kernel. */
export function run(gemm: GemmCase): void {
  emulateBatchedGemm(gemm.kernel)(gemm.launch);
}

/** A sum, scaled and rounded to the output's type. */
function rounded({ dtypeC, scaleC = 1 }: GemmSettings, sum: number): number {
  const value = Math.fround(Math.fround(sum) * scaleC);
  return dtypeC === 'Fp32' ? value : decode(dtypeC as 'E4m3', encode(dtypeC as 'E4m3', value));
}

/** Expects the exact result: sums of these numbers do not round in float64, whatever the order. */
export function expectExact(gemm: GemmCase): void {
  const expected = referenceSums(gemm).map((row) => row.map((sum) => rounded(gemm.settings, sum) + 0));
  expect(outputOf(gemm).map((row) => row.map((value) => value + 0))).toEqual(expected);
}

/** Expects results within a relative error: scaled sums round differently in another order. */
export function expectClose(
  actual: readonly number[][],
  expected: readonly number[][],
  relative: number,
): void {
  const wrong = expected.flatMap((row, i) =>
    row.flatMap((value, j) => {
      const other = actual[i]?.[j] ?? Number.NaN;
      return Math.abs(other - value) <= relative * Math.abs(value) + 1e-6
        ? []
        : [`[${i}][${j}]: ${other}, not ${value}`];
    }),
  );
  expect(wrong).toEqual([]);
}

/** Expects E4m3 codes and their scales: the largest of a token's 128 channels is 448, and scales of padding are 1. */
export function expectScaledOutput(gemm: GemmCase): void {
  const sums = referenceSums(gemm);
  const scales = outputScalesOf(gemm);
  const largest = (token: number, block: number): number =>
    Math.max(...(sums[token] ?? []).slice(block * 128, (block + 1) * 128).map(Math.abs));
  const expectedScales = scales.map((row, block) => row.map((_, token) => largest(token, block) / 448 || 1));
  expectClose(scales, expectedScales, 1e-6);

  // A result is off by at most half a step of E4m3: 1/16 of itself, and the smallest subnormal's half near zero.
  const results = outputOf(gemm).map((row, token) =>
    row.map((code, channel) => code * (scales[Math.floor(channel / 128)]?.[token] ?? 0)),
  );
  const wrong = results.flatMap((row, token) =>
    row.flatMap((value, channel) => {
      const sum = sums[token]?.[channel] ?? Number.NaN;
      const scale = scales[Math.floor(channel / 128)]?.[token] ?? 0;
      const tolerance = Math.max(Math.abs(sum) / 16, scale * 2 ** -10) * 1.0001;
      return Math.abs(value - sum) <= tolerance ? [] : [`[${token}][${channel}]: ${value}, not ${sum}`];
    }),
  );
  expect(wrong).toEqual([]);
}
