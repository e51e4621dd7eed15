import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose, expectExact, expectScaledOutput, run } from './expectations.js';
import { deepSeek, gemmCase, perTensor } from './gemm-case.js';
import { outputOf, outputScalesOf, referenceSums } from './reference.js';

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
    expectScaledOutput(gemm);
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
