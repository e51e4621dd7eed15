import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emulateBatchedGemm, KernelFaultError, whyNotEmulated } from '../../src/emulator/kernels/index.js';
import { expectClose, expectExact, expectScaledOutput, run } from './expectations.js';
import { type GemmCase, type GemmSettings, gemmCase } from './gemm-case.js';
import { hopperNative, type Member } from './hopper-native.js';
import { outputOf, outputScalesOf, referenceSums } from './reference.js';

const ran = (settings: GemmSettings): GemmCase => {
  const gemm = gemmCase(settings);
  run(gemm);
  return gemm;
};

const batchModes = ['batchN', 'batchM'] as const;

describe.each(batchModes)('per-tensor scales, %s', (batchMode) => {
  it.each(['Bfloat16', 'Fp16', 'E4m3'] as const)('E4m3 to %s', (dtypeC) => {
    expectExact(ran(hopperNative({ batchMode, dtypeC }, { scaleC: 2 ** -12 })));
  });

  it.each([
    ['Bfloat16', 'Bfloat16'],
    ['Bfloat16', 'Fp16'],
    ['Fp16', 'Bfloat16'],
    ['Fp16', 'Fp16'],
  ] as const)('%s to %s', (dtypeElt, dtypeC) => {
    expectExact(ran(hopperNative({ batchMode, dtypeElt, dtypeC }, { k: 192 })));
  });

  it('saturates E4m3', () => {
    const values = outputOf(ran(hopperNative({ batchMode, dtypeC: 'E4m3' }, { scaleC: 1 }))).flat();
    const extremes = [Math.min, Math.max].map((most) =>
      values.reduce((sofar, value) => most(sofar, value), 0),
    );
    expect(extremes).toEqual([-448, 448]);
  });

  it('takes a null scale as 1', () => {
    const { scaleC, ...unscaled } = hopperNative({ batchMode });
    expect(scaleC).toBeDefined();
    expectExact(ran(unscaled));
  });

  it('writes +0 for padding, whatever the activations have there', () => {
    const settings = hopperNative({ batchMode });
    const gemm = gemmCase(settings);
    const name = batchMode === 'batchM' ? 'a' : 'b';
    const activations = gemm.memory.view(gemm.addresses[name] ?? 0n, gemm.expertOf.length * settings.k);
    gemm.expertOf.forEach((expert, row) => {
      if (expert === -1) activations.fill(0x7f, row * settings.k, (row + 1) * settings.k);
    });
    gemm.memory.view(gemm.addresses.c ?? 0n, gemm.expertOf.length * settings.channels * 2).fill(0xff);
    run(gemm);
    const padding = outputOf(gemm).filter((_, row) => gemm.expertOf[row] === -1);
    expect(padding.length).toBeGreaterThan(0);
    expect(padding.flat().every((value) => Object.is(value, 0))).toBe(true);
    expectExact(gemm);
  });
});

describe.each(batchModes)('DeepSeek scales, %s', (batchMode) => {
  it('scales blocks of 128 on both sides', () => {
    const gemm = ran(hopperNative({ batchMode, blockScale: true }));
    expectClose(outputOf(gemm), referenceSums(gemm), 2 ** -8);
  });

  it('to E4m3, with a scale for each token and 128 channels; of padding it is 1', () => {
    const gemm = ran(hopperNative({ batchMode, blockScale: true, dtypeC: 'E4m3' }));
    expectScaledOutput(gemm);
    const ofPadding = outputScalesOf(gemm).flatMap((row) => row.filter((_, i) => gemm.expertOf[i] === -1));
    expect(ofPadding.length).toBeGreaterThan(0);
    expect(ofPadding.every((scale) => scale === 1)).toBe(true);
  });

  it('gathers routed tokens and their scales, and never asks what padding is routed to', () => {
    for (const paddingToken of [-1, 2 ** 31 - 1]) {
      const gemm = ran(hopperNative({ batchMode, blockScale: true }, { routed: true, paddingToken }));
      expectClose(outputOf(gemm), referenceSums(gemm), 2 ** -8);
    }
  });

  it('takes a token that does not exist for zeros', () => {
    const gemm = ran(
      hopperNative({ batchMode, blockScale: true, dtypeC: 'E4m3' }, { routed: true, absentTokens: 2 }),
    );
    expect(gemm.absent.size).toBe(2);
    expectScaledOutput(gemm);
    for (const row of gemm.absent) {
      expect(outputOf(gemm)[row]?.every((value) => value === 0)).toBe(true);
      expect(outputScalesOf(gemm).map((scales) => scales[row])).toEqual([1, 1]);
    }
  });
});

describe('clusters', () => {
  it.each([2, 4, 6])('two neighbouring tiles of channels share their tokens; a grid of %i', (ctas) => {
    expectExact(ran(hopperNative({ batchMode: 'batchM', clusterDimX: 2, tokenTile: 256, ctas })));
  });

  it.each([2, 4, 8] as const)('%i slices of k meet in a cluster', (slices) => {
    expectExact(ran(hopperNative({ batchMode: 'batchN', slices }, { k: slices * 128 })));
  });

  it.each<[string, Member, Partial<GemmCase['launch']>, Partial<GemmSettings>?]>([
    [
      'in clusters of 2 × 1 × 1 CTAs, launched with 1 × 1 × 1',
      { batchMode: 'batchM', clusterDimX: 2 },
      { cluster: { x: 1, y: 1, z: 1 } },
    ],
    [
      'in clusters of 1 × 1 × 4 CTAs, launched with 1 × 1 × 2',
      { batchMode: 'batchN', slices: 4 },
      { cluster: { x: 1, y: 1, z: 2 } },
    ],
    [
      'takes grids of any multiple of 2 × 1 × 1 CTAs, launched with 3 × 1 × 1',
      { batchMode: 'batchM', clusterDimX: 2 },
      { grid: { x: 3, y: 1, z: 1 } },
    ],
    [
      'takes grids of any multiple of 1 × 1 × 1 CTAs, launched with 3 × 2 × 1',
      { batchMode: 'batchN' },
      { grid: { x: 3, y: 2, z: 1 } },
    ],
    [
      'takes grids of any multiple of 1 × 1 × 2 CTAs, launched with 3 × 1 × 1',
      { batchMode: 'batchN', slices: 2 },
      { grid: { x: 3, y: 1, z: 1 } },
    ],
    [
      '3 tiles along the channels do not fill clusters of 2 CTAs',
      { batchMode: 'batchM', clusterDimX: 2 },
      {},
      { channels: 384 },
    ],
  ])('a launch that would hang: %s', (message, member, launch, rest) => {
    const gemm = gemmCase(hopperNative(member, rest));
    const start = () => emulateBatchedGemm(gemm.kernel)({ ...gemm.launch, ...launch });
    expect(start).toThrow(KernelFaultError);
    expect(start).toThrow(message);
  });
});

describe('a persistent grid', () => {
  it.each(batchModes)('computes the same with any number of CTAs, %s', (batchMode) => {
    const outputs = [1, 2, 7, 132, 2000].map((ctas) => outputOf(ran(hopperNative({ batchMode, ctas }))));
    expect(outputs.every((output) => JSON.stringify(output) === JSON.stringify(outputs[0]))).toBe(true);
  });

  it.each(batchModes)('counts its tiles on the device, %s', (batchMode) => {
    expectExact(ran(hopperNative({ batchMode, deviceTables: true })));
    expectScaledOutput(
      ran(hopperNative({ batchMode, deviceTables: true, blockScale: true, dtypeC: 'E4m3' })),
    );
  });

  it('leaves what is beyond the count on the device as it is', () => {
    const gemm = gemmCase(hopperNative({ batchMode: 'batchN', deviceTables: true }));
    gemm.memory.view(gemm.addresses.c ?? 0n, gemm.expertOf.length * 256 * 2).fill(0xff);
    gemm.memory.view(gemm.addresses.numNonExitingCtas ?? 0n, 4).set([2, 0, 0, 0]);
    run(gemm);
    const written = outputOf(gemm).map((row) => !row.some(Number.isNaN));
    expect(written).toEqual(gemm.expertOf.map((_, row) => row < 2 * 8));
  });
});

describe('any member', () => {
  it('agrees with the reference for any small problem', () => {
    const member = fc.record({
      batchMode: fc.constantFrom(...batchModes),
      dtypes: fc.constantFrom(
        ['E4m3', 'Bfloat16'] as const,
        ['E4m3', 'Fp16'] as const,
        ['E4m3', 'E4m3'] as const,
        ['Bfloat16', 'Bfloat16'] as const,
        ['Fp16', 'Fp16'] as const,
      ),
      tokenTileN: fc.constantFrom(8, 16, 32, 64, 128),
      tokenTileM: fc.constantFrom(128, 256),
      ctas: fc.integer({ min: 1, max: 9 }),
      split: fc.constantFrom(1 as const, 2 as const, 4 as const),
      clusterDimX: fc.constantFrom(1 as const, 2 as const),
      deviceTables: fc.boolean(),
    });
    const problem = fc.record({
      tokens: fc.array(fc.nat({ max: 140 }), { minLength: 1, maxLength: 3 }),
      pairs: fc.integer({ min: 1, max: 2 }),
      kTiles: fc.integer({ min: 1, max: 2 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(member, problem, (m, { tokens, pairs, kTiles, seed }) => {
        fc.pre(tokens.some((count) => count > 0));
        const [dtypeElt, dtypeC] = m.dtypes;
        const isBatchM = m.batchMode === 'batchM';
        const [clusterDimX, slices] = isBatchM ? [m.clusterDimX, 1 as const] : [1 as const, m.split];
        const tileK = dtypeElt === 'E4m3' ? 128 : 64;
        const settings = hopperNative(
          {
            ...{ batchMode: m.batchMode, dtypeElt, dtypeC, clusterDimX, slices },
            tokenTile: isBatchM ? m.tokenTileM : m.tokenTileN,
            ctas: m.ctas * clusterDimX,
            deviceTables: m.deviceTables,
          },
          { tokens, channels: pairs * clusterDimX * 128, k: kTiles * slices * tileK, seed, scaleC: 2 ** -6 },
        );
        expectExact(ran(settings));
      }),
      { numRuns: 25 },
    );
  });

  it('agrees with the reference for any small problem with DeepSeek scales', () => {
    const settings = fc.record({
      batchMode: fc.constantFrom(...batchModes),
      dtypeC: fc.constantFrom('Bfloat16' as const, 'E4m3' as const),
      routed: fc.boolean(),
      deviceTables: fc.boolean(),
      tokens: fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 4 }),
      kBlocks: fc.integer({ min: 1, max: 3 }),
      channelTiles: fc.integer({ min: 1, max: 2 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(settings, ({ batchMode, dtypeC, deviceTables, kBlocks, channelTiles, ...rest }) => {
        fc.pre(rest.tokens.some((count) => count > 0));
        const gemm = ran(
          hopperNative(
            { batchMode, dtypeC, deviceTables, blockScale: true },
            { ...rest, k: kBlocks * 128, channels: channelTiles * 128 },
          ),
        );
        if (dtypeC === 'E4m3') expectScaledOutput(gemm);
        // Sums that cancel to next to nothing round by what went into them.
        else expectClose(outputOf(gemm), referenceSums(gemm), 2 ** -8);
      }),
      { numRuns: 20 },
    );
  });

  it('is emulated, split k included, which no other family’s is', () => {
    const { kernel } = gemmCase(hopperNative({ batchMode: 'batchN', slices: 2 }));
    expect(whyNotEmulated(kernel)).toBeUndefined();
    // Catalogs say the slices of a gate besides, which without a fused activation are the same.
    expect(whyNotEmulated({ ...kernel, projGateNumSplitKSlices: 2 })).toBeUndefined();
    expect(whyNotEmulated({ ...kernel, ruleSet: 'trtllm-gen@2025-03' })).toBe('a split k');
    expect(whyNotEmulated({ ...kernel, shuffledMatrixA: true })).toBe('shuffled weights');
  });
});
