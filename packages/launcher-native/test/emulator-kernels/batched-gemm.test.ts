import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emulateBatchedGemm } from '../../src/emulator/kernels/index.js';
import { decode, encode } from '../../src/emulator/number-formats.js';
import { deepSeek, type GemmCase, type GemmSettings, gemmCase, perTensor } from './gemm-case.js';
import { outputOf, outputScalesOf, referenceSums } from './reference.js';

function run(gemm: GemmCase): void {
  emulateBatchedGemm(gemm.kernel)(gemm.launch);
}

/** A sum, scaled and rounded to the output's type. */
function rounded({ dtypeC, scaleC = 1 }: GemmSettings, sum: number): number {
  const value = Math.fround(Math.fround(sum) * scaleC);
  return dtypeC === 'Fp32' ? value : decode(dtypeC as 'E4m3', encode(dtypeC as 'E4m3', value));
}

/** Expects the exact result: sums of these numbers do not round in float64, whatever the order. */
function expectExact(gemm: GemmCase): void {
  const expected = referenceSums(gemm).map((row) => row.map((sum) => rounded(gemm.settings, sum) + 0));
  expect(outputOf(gemm).map((row) => row.map((value) => value + 0))).toEqual(expected);
}

/** Expects results within a relative error: scaled sums round differently in another order. */
function expectClose(actual: readonly number[][], expected: readonly number[][], relative: number): void {
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

describe('per-tensor FP8', () => {
  it('multiplies the tokens of each expert with its weights and scales the sums', () => {
    const gemm = gemmCase(perTensor);
    run(gemm);
    expectExact(gemm);
  });

  it('takes a null scale as 1', () => {
    const { scaleC, ...unscaled } = perTensor;
    expect(scaleC).toBeDefined();
    const gemm = gemmCase({ ...unscaled, dtypeC: 'Fp32' });
    run(gemm);
    expectExact(gemm);
  });

  it('writes zeros for padding, whatever is in the padding of the activations', () => {
    const gemm = gemmCase(perTensor);
    const activations = gemm.memory.view(gemm.addresses.b ?? 0n, gemm.expertOf.length * perTensor.k);
    gemm.expertOf.forEach((expert, token) => {
      if (expert === -1) activations.fill(0x7f, token * perTensor.k, (token + 1) * perTensor.k);
    });
    run(gemm);
    const padding = outputOf(gemm).filter((_, token) => gemm.expertOf[token] === -1);
    expect(padding.length).toBe(5 + 7 + 7);
    expect(padding.flat().every((value) => value === 0)).toBe(true);
    expectExact(gemm);
  });

  it.each(['Bfloat16', 'Fp16', 'Fp32', 'E4m3'] as const)('rounds the output to %s', (dtypeC) => {
    const gemm = gemmCase({ ...perTensor, dtypeC, scaleC: 2 ** -12 });
    run(gemm);
    expectExact(gemm);
  });

  it('reads the second version of the parameter block', () => {
    const gemm = gemmCase({ ...perTensor, paramsAbi: 'trtllm-gen/2' });
    run(gemm);
    expectExact(gemm);
  });
});

describe('other inputs and shapes', () => {
  it.each(['Fp16', 'Bfloat16', 'Fp32'] as const)('multiplies %s', (dtypeElt) => {
    const gemm = gemmCase({ ...perTensor, dtypeElt, dtypeC: 'Fp32', tileK: 64, k: 192 });
    run(gemm);
    if (dtypeElt === 'Fp32')
      expectClose(
        outputOf(gemm),
        referenceSums(gemm).map((row) => row.map((sum) => sum * 0.0625)),
        1e-5,
      );
    else expectExact(gemm);
  });

  it('has the tokens along m with batchM', () => {
    const gemm = gemmCase({ ...perTensor, batchMode: 'batchM', channelTile: 64, tokenTile: 16, seed: 3 });
    run(gemm);
    expectExact(gemm);
  });

  it('computes an expert with more tokens than are multiplied at a time', () => {
    const gemm = gemmCase({
      ...perTensor,
      tokens: [5, 530],
      channels: 64,
      channelTile: 64,
      k: 64,
      tileK: 64,
      tokenTile: 64,
    });
    run(gemm);
    expectExact(gemm);
  });

  it('agrees with the reference for any small problem', () => {
    const settings = fc.record({
      batchMode: fc.constantFrom('batchM' as const, 'batchN' as const),
      channelTile: fc.constantFrom(32, 64),
      tokenTile: fc.constantFrom(8, 16),
      tokens: fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 5 }),
      tiles: fc.integer({ min: 1, max: 3 }),
      kTiles: fc.integer({ min: 1, max: 5 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(settings, ({ tiles, kTiles, ...rest }) => {
        fc.pre(rest.tokens.some((count) => count > 0));
        const tileK = 32;
        const gemm = gemmCase({
          ...perTensor,
          ...rest,
          tileK,
          channels: tiles * rest.channelTile,
          k: kTiles * tileK,
        });
        run(gemm);
        expectExact(gemm);
      }),
      { numRuns: 40 },
    );
  });
});

describe('DeepSeek FP8', () => {
  it.each(['batchN', 'batchM'] as const)('scales each block of 128, %s', (batchMode) => {
    const gemm = gemmCase({ ...deepSeek, batchMode, tokens: [3, 0, 9, 1], dtypeC: 'Fp32' });
    run(gemm);
    expectClose(outputOf(gemm), referenceSums(gemm), 1e-6);
  });

  it('knows the block of channels that a narrow tile belongs to', () => {
    const gemm = gemmCase({ ...deepSeek, channelTile: 64, dtypeC: 'Fp32', k: 384 });
    run(gemm);
    expectClose(outputOf(gemm), referenceSums(gemm), 1e-6);
  });

  it('does not scale by scaleC', () => {
    const gemm = gemmCase({ ...deepSeek, scaleC: 100, tokens: [2], dtypeC: 'Fp32' });
    run(gemm);
    expectClose(outputOf(gemm), referenceSums(gemm), 1e-6);
  });

  it('writes E4m3 with a scale per token and 128 channels', () => {
    const gemm = gemmCase({ ...deepSeek, dtypeC: 'E4m3' });
    run(gemm);
    const sums = referenceSums(gemm);
    const scales = outputScalesOf(gemm);
    const largest = (token: number, block: number): number =>
      Math.max(...(sums[token] ?? []).slice(block * 128, (block + 1) * 128).map(Math.abs));
    const expectedScales = scales.map((row, block) =>
      row.map((_, token) => (gemm.expertOf[token] === -1 ? 1 : largest(token, block) / 448)),
    );
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
    // The largest of a block is 448 exactly.
    expect(Math.max(...(outputOf(gemm)[0] ?? []).slice(0, 128).map(Math.abs))).toBe(448);
  });

  it('gives a row of zeros the scale 1', () => {
    const gemm = gemmCase({ ...deepSeek, dtypeC: 'E4m3', tokens: [2] });
    gemm.memory.view(gemm.addresses.b ?? 0n, deepSeek.k).fill(0);
    run(gemm);
    expect(outputScalesOf(gemm).map((row) => row[0])).toEqual([1, 1]);
    expect(outputOf(gemm)[0]?.every((value) => value === 0)).toBe(true);
  });
});

describe('routing', () => {
  it.each(['batchN', 'batchM'] as const)('gathers the tokens of the route map, %s', (batchMode) => {
    const gemm = gemmCase({ ...perTensor, batchMode, routed: true, seed: 4 });
    run(gemm);
    expectExact(gemm);
  });

  it('gathers their scales too', () => {
    const gemm = gemmCase({ ...deepSeek, routed: true, dtypeC: 'Fp32', seed: 5 });
    run(gemm);
    expectClose(outputOf(gemm), referenceSums(gemm), 1e-6);
  });

  it('never looks at the route map’s padding', () => {
    // gemmCase puts token -7 there, which would be an illegal access.
    const gemm = gemmCase({ ...perTensor, routed: true, tokens: [1] });
    run(gemm);
    expectExact(gemm);
  });
});
