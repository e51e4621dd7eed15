import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { type BatchedGemmOptions, type Dtype, dtypeNames, type TargetName } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { dsfp8, errorsOf, fp4, fp8 } from './configurations.js';

// The instructions of wgmma and tcgen05 once more, written down from the PTX ISA's tables of shapes and data types.

const checker = createCheckerSync();
const about = (options: BatchedGemmOptions, target: TargetName) =>
  errorsOf(checker.check(options, target)).filter((rule) => /^mma-dtype|-shape$/.test(rule));

const floats = { Fp16: 16, Bfloat16: 16, Fp32: 8, E4m3: 32, E5m2: 32 } as const;
const integers = { Int8: 32, UInt8: 32 } as const;
const small = { E2m3: 32, E3m2: 32, MxE2m1: 64, E2m1: 64 } as const;
const depths: Readonly<Record<'h100' | 'b200' | 'b300', Partial<Readonly<Record<Dtype, number>>>>> = {
  h100: { ...floats, ...integers },
  b200: { ...floats, ...integers, ...small },
  b300: { ...floats, ...small },
};
const halves: readonly string[] = ['Fp16', 'E4m3', 'E5m2', 'E2m3', 'E3m2'];

describe.each(['h100', 'b200', 'b300'] as const)('the tensor cores of %s', (target) => {
  const wide = {
    ...fp8,
    tileN: 128,
    epilogueTileM: 128,
    epilogueTileN: 128,
    tileK: 128,
    numStages: 1,
    mmaM: 128,
  };
  const options = (dtypeElt: Dtype, mmaK: number, dtypeAcc: Dtype): BatchedGemmOptions => ({
    ...wide,
    ...{ dtypeElt, mmaK, dtypeAcc, mmaN: 64 },
  });

  it.each(dtypeNames)('take %s, or not, and accumulate it in what the table says', (dtypeElt) => {
    const mmaK = depths[target][dtypeElt];
    for (const dtypeAcc of dtypeNames) {
      const accumulates =
        dtypeElt in integers
          ? dtypeAcc === 'Int32'
          : dtypeAcc === 'Fp32' || (dtypeAcc === 'Fp16' && halves.includes(dtypeElt));
      // The rule set itself refuses FP4 on Hopper, and makes E4m3 and E2m1 what their instructions are.
      const told = dtypeElt === 'E2m1' && target === 'h100';
      const expected = told || (mmaK !== undefined && accumulates) ? [] : ['mma-dtype'];
      expect(about(options(dtypeElt, mmaK ?? 16, dtypeAcc), target), dtypeAcc).toEqual(expected);
    }
  });

  const shape = target === 'h100' ? 'wgmma-shape' : 'tcgen05-shape';

  it('multiply to the depth of the type alone', () => {
    for (const [dtype, depth] of Object.entries(depths[target]) as [Dtype, number][]) {
      if (dtype === 'E4m3' || dtype === 'E2m1') continue;
      const acc = dtype in integers ? 'Int32' : 'Fp32';
      for (const k of [8, 16, 32, 64]) {
        expect(about(options(dtype, k, acc), target), `${dtype} ${k}`).toEqual(k === depth ? [] : [shape]);
      }
    }
  });

  it('compute 8 to 256 columns in steps of 8, of integers from 32 on in steps of 16', () => {
    const roomy = { ...wide, tileN: 512, epilogueTileN: 512 };
    for (let mmaN = 1; mmaN <= 300; mmaN++) {
      const exists = mmaN % 8 === 0 && mmaN <= 256;
      expect(about({ ...roomy, mmaN }, target), `${mmaN}`).toEqual(exists ? [] : [shape]);
      if (target === 'b300') continue;
      const ofIntegers = exists && (mmaN <= 32 || mmaN % 16 === 0);
      const int8 = { ...roomy, dtypeElt: 'Int8', dtypeAcc: 'Int32', mmaN } as const;
      expect(about(int8, target), `${mmaN}`).toEqual(ofIntegers ? [] : [shape]);
    }
  });

  it('compute 64 rows or 128', () => {
    for (let mmaM = 1; mmaM <= 128; mmaM++) {
      expect(about({ ...wide, mmaN: 64, mmaM }, target), `${mmaM}`).toEqual(mmaM % 64 === 0 ? [] : [shape]);
    }
  });
});

describe('two CTAs of Blackwell', () => {
  const pair = { ...fp8, clusterDimX: 2, mmaM: 256, tileN: 64, epilogueTileN: 64 };
  it('compute 256 rows in steps of 16 columns, and one CTA does not', () => {
    expect(about({ ...pair, mmaN: 16 }, 'b200')).toEqual([]);
    expect(about({ ...pair, mmaN: 24 }, 'b200')).toEqual(['tcgen05-shape']);
    expect(about({ ...pair, mmaN: 16, clusterDimX: 1 }, 'b200')).toEqual(['tcgen05-shape']);
  });

  it('compute 256 rows of integers in steps of 32 columns', () => {
    const integers = { ...pair, dtypeElt: 'Int8', dtypeAcc: 'Int32' } as const;
    expect(about({ ...integers, mmaN: 32 }, 'b200')).toEqual([]);
    expect(about({ ...integers, mmaN: 16 }, 'b200')).toEqual(['tcgen05-shape']);
    expect(about({ ...integers, mmaN: 48 }, 'b200')).toEqual(['tcgen05-shape']);
  });
});

it('block-scaled 4-bit instructions have 128 rows', () => {
  const mx: BatchedGemmOptions = { ...fp4, dtypeElt: 'MxE2m1' };
  expect(about(mx, 'b200')).toEqual([]);
  expect(about({ ...mx, mmaM: 64 }, 'b200')).toEqual(['tcgen05-shape']);
});

describe('a type that cannot be is one error', () => {
  it.each(['UInt16', 'Int64', 'Bool', 'UE8m0', 'E0m3', 'Void'] as const)('%s for the inputs', (dtypeElt) => {
    expect(errorsOf(checker.check({ ...fp8, numStages: 1, dtypeElt }, 'b200'))).toEqual(['mma-dtype']);
    expect(errorsOf(checker.check({ ...fp8, numStages: 1, dtypeElt, dtypeC: 'Void' }, 'b200'))).toEqual([
      'mma-dtype',
    ]);
  });

  it('which the rule set has named, for FP4 on Hopper and for DeepSeek scales', () => {
    expect(errorsOf(checker.check(fp4, 'h100'))).toEqual(['fp4-needs-blackwell']);
    expect(errorsOf(checker.check({ ...dsfp8, dtypeElt: 'Int8' }, 'b200'))).toEqual(['dsfp8-dtype']);
  });

  it('in the check of a tileK or a k that is wrong itself', () => {
    expect(errorsOf(checker.check({ ...fp8, k: 2049 }, 'b200'))).toEqual(['tile-k-divides-k-slice']);
    expect(errorsOf(checker.check({ ...dsfp8, tileK: 80, k: 7040 }, 'b200'))).toContain('dsfp8-tile-k');
    expect(errorsOf(checker.check({ ...dsfp8, tileK: 16, k: 7168 }, 'b200'))).toEqual(['dsfp8-tile-k']);
  });

  it('where the output is written along the wrong dimension', () => {
    expect(errorsOf(checker.check({ ...fp8, transposeMmaOutput: false }, 'b200'))).toEqual([
      'batch-n-column-major',
    ]);
  });
});
