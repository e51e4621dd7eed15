import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKernelName } from '../../src/import/index.js';
import { catalog } from '../launch/kernels.js';

describe('the name of a kernel', () => {
  it.each([...catalog('preflight-sm90a'), ...catalog('trtllm-gen-2025')])(
    'says nothing that its catalog does not: $functionName',
    (info) => {
      const facts = parseKernelName(info.functionName);
      expect(info).toMatchObject(facts);
      expect(Object.keys(facts)).toEqual(
        expect.arrayContaining(['arch', 'batchMode', 'tileM', 'mmaK', 'dtypeElt', 'dtypeAcc', 'blockScale']),
      );
    },
  );

  it.each(catalog('preflight-sm90a').filter(({ ruleSet }) => ruleSet === 'hopper-native@1'))(
    'of a persistent kernel tells all that tells it from others: $functionName',
    ({ ruleSet, paramsAbi, clusterDimX, clusterDimZ, ...info }) => {
      const { blockScale, permuteFusion, numSlicesForSplitK } = info;
      const own = { ruleSet, paramsAbi, clusterDimX, clusterDimZ };
      expect(parseKernelName(info.functionName)).toMatchObject({
        ...own,
        ...{ blockScale, permuteFusion, numSlicesForSplitK },
      });
    },
  );

  it('of the later scheme: output, A and B, accumulator, stages', () => {
    const name =
      'bmm_Bfloat16_E4m3E4m3_Fp32_t128x8x128u2_s6_et64x16_m64x8x32_cga1x1x1_16dp256b_TN_transOut_noShflA_dsFp8_schedS_bN_ldgsts_dynBatch_sm100a';
    expect(parseKernelName(name)).toEqual({
      arch: 'sm100a',
      batchMode: 'batchN',
      dtypeElt: 'E4m3',
      dtypeC: 'Bfloat16',
      dtypeAcc: 'Fp32',
      tileM: 128,
      tileN: 8,
      tileK: 128,
      epilogueTileM: 64,
      epilogueTileN: 16,
      mmaM: 64,
      mmaN: 8,
      mmaK: 32,
      numStages: 6,
      numSlicesForSplitK: 1,
      transposeMmaOutput: true,
      shuffledMatrixA: false,
      blockScale: true,
      permuteFusion: true,
      useFusedAct: false,
    });
  });

  it('of the later scheme: shuffled weights, slices along k, a fused activation', () => {
    const name =
      'bmm_E4m3_E4m3E4m3_Fp32_t128x8x256_et128x8_m128x8x32_cga1x1x4_splitK4_TN_transOut_swiGlu_bM_sm103a';
    const facts = parseKernelName(name);
    expect(facts).toMatchObject({
      arch: 'sm103a',
      batchMode: 'batchM',
      numSlicesForSplitK: 4,
      shuffledMatrixA: true,
      useFusedAct: true,
    });
    expect(facts).not.toHaveProperty('numStages');
  });

  it('leaves out what a catalog cannot say: mixed inputs, a family of architectures', () => {
    const facts = parseKernelName(
      'bmm_Bfloat16_MxE2m1E4m3_Fp32_t128x8x256_s4_et128x8_m128x8x64_c1x1x1_rM_TN_bN_sm100f',
    );
    expect(facts).not.toHaveProperty('dtypeElt');
    expect(facts).not.toHaveProperty('arch');
    expect(facts).toMatchObject({ dtypeC: 'Bfloat16', tileK: 256 });
  });

  it.each(['gemm', '', 'bmm_', '_Z4gemmPf', 'BatchN_E4m3Fp32_E4m3'])(
    'of no scheme says nothing: %j',
    (name) => {
      expect(parseKernelName(name)).toEqual({});
    },
  );

  it('may be anything', () => {
    const part = fc.constantFrom(
      'bmm',
      'BatchN',
      'E4m3Fp32',
      'Tile1x2x3',
      '_',
      't1x2x3',
      'Fp32',
      'sm90a',
      'a',
      'A',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => void parseKernelName(parts.join('_'))),
    );
    const started = performance.now();
    for (const piece of ['bmm_A', '_A', 'BatchN_', 'Bmm_A_A_A_t1x1x1', '1'])
      parseKernelName(piece.repeat(2000));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
