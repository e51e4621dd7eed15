import { type Problem, targets } from '@gemm-preflight/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultProblems } from '../../src/bench/default-shapes.js';
import { driverVersionIn } from '../../src/bench/measured-device.js';
import { floorsOf, rooflineShare, workOf } from '../../src/bench/roofline.js';
import { median } from '../../src/bench/statistics.js';
import { barOf } from '../../src/formats/pretty/bench.js';

const problem: Problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 256,
  n: 64,
  k: 512,
  tokensPerBatch: [3, 0, 5],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
};

describe('the work of a problem', () => {
  it('is that of its tokens, and of the weights of experts that have some', () => {
    const bytes = 2 * 256 * 512 + 8 * 512 + 8 * 256 * 2;
    expect(workOf(problem)).toEqual({ flops: 2 * 8 * 256 * 512, bytes });
  });

  it('has the tokens on the other side with batchM, and is the same', () => {
    expect(workOf({ ...problem, batchM: true, m: 64, n: 256 })).toEqual(workOf(problem));
  });

  it('has scales of both operands, and of an E4m3 output', () => {
    const { bytes } = workOf(problem);
    const scales = 2 * 2 * 4 + 8 * 4;
    expect(workOf({ ...problem, blockScale: true }).bytes).toBe(bytes + scales * 4);
    const e4m3 = workOf({ ...problem, blockScale: true, dtypeC: 'E4m3' }).bytes;
    expect(e4m3).toBe(bytes - 8 * 256 + (scales + 8 * 2) * 4);
  });

  it('reads routed tokens once, and the map', () => {
    const { bytes } = workOf(problem);
    expect(workOf({ ...problem, permuteFusion: true, numTokens: 4 }).bytes).toBe(bytes - 4 * 512 + 8 * 4);
  });
});

describe('the roofline', () => {
  it('is of the rates for the width of the inputs', () => {
    const { flops, bytes } = workOf(problem);
    const floors = floorsOf(problem, targets.h100);
    expect(floors?.memoryUs).toBeCloseTo(bytes / 3.35e6, 12);
    expect(floors?.tensorCoresUs).toBeCloseTo(flops / 1979e6, 12);
    const bf16 = floorsOf({ ...problem, dtypeElt: 'Bfloat16' }, targets.h100);
    expect(bf16?.tensorCoresUs).toBeCloseTo(flops / 989e6, 12);
  });

  it('is not there where a rate is not known', () => {
    const unknown = { ...targets.h100, name: 'mine' };
    expect(floorsOf(problem, unknown)).toBeUndefined();
    expect(floorsOf({ ...problem, dtypeElt: 'Fp32' }, targets.h100)).toBeUndefined();
    expect(floorsOf({ ...problem, dtypeElt: 'E2m1' }, targets.h100)).toBeUndefined();
  });

  it('is reached where the time is that of the higher floor', () => {
    expect(rooflineShare({ memoryUs: 3, tensorCoresUs: 4 }, 8)).toBe(0.5);
    expect(rooflineShare({ memoryUs: 5, tensorCoresUs: 4 }, 5)).toBe(1);
  });
});

describe('bars', () => {
  it('are as long as the share, to an eighth of a character', () => {
    expect([0, 0.5, 1, 2, Number.NaN].map(barOf)).toEqual([
      '',
      '█'.repeat(8),
      '█'.repeat(16),
      '█'.repeat(16),
      '',
    ]);
    expect(barOf(1 / 128)).toBe('▏');
    expect(barOf(1.5 / 16)).toBe('█▌');
  });

  it('grow with it', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, (a, b) => {
        const [short, long] = [barOf(Math.min(a, b)), barOf(Math.max(a, b))];
        expect(long.length).toBeGreaterThanOrEqual(short.length);
        expect(long.length).toBeLessThanOrEqual(16);
      }),
    );
  });
});

describe('the median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7]), median([])]).toEqual([
      2,
      2.5,
      7,
      Number.NaN,
    ]);
  });

  it('has as many numbers below as above, and does not depend on the order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
        expect(median(values.toReversed()) - middle).toBeCloseTo(0, 9); // -0 is 0
      }),
    );
  });
});

describe('the default shapes', () => {
  it('are sound, and differ', () => {
    const problems = defaultProblems();
    expect(problems.length).toBe(2 * 4 * 2 * 4);
    for (const { batchM, m, n, k, tokensPerBatch = [] } of problems) {
      const tokens = tokensPerBatch.reduce((sum, count) => sum + count, 0);
      expect([(batchM ? n : m) % 128, k % 128, batchM ? m : n]).toEqual([0, 0, tokens]);
    }
    expect(new Set(problems.map((each) => JSON.stringify(each))).size).toBe(problems.length);
  });
});

describe('the version of the driver', () => {
  it.each([
    [
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023\nGCC version: 12',
      '535.129.03',
    ],
    [
      'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build  (builder)\n',
      '580.159.04',
    ],
    ['', undefined],
    ['something else 1.2', undefined],
  ])('in %j is %s', (text, version) => {
    expect(driverVersionIn(text)).toBe(version);
  });
});
