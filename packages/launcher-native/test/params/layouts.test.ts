import { paramsBytes } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import {
  type Fields,
  fieldBytes,
  type ParamsLayout,
  paramsLayouts,
  trtllmGen1,
  trtllmGen2,
} from '../../src/params/index.js';

interface Span {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function spans(fields: Fields): Span[] {
  return Object.entries(fields)
    .map(([name, { type, offset }]) => ({ name, start: offset, end: offset + fieldBytes[type] }))
    .sort((a, b) => a.start - b.start);
}

function offsets({ fields }: ParamsLayout): Record<string, number> {
  return Object.fromEntries(Object.entries(fields).map(([name, { offset }]) => [name, offset]));
}

describe.each(Object.values(paramsLayouts))('$abi', (layout) => {
  const sorted = spans(layout.fields);

  it('has fields that do not overlap and end within the block', () => {
    const overlaps = sorted.filter(({ end }, i) => end > (sorted[i + 1]?.start ?? layout.bytes));
    expect(overlaps).toEqual([]);
    expect(sorted[0]?.start).toBe(0);
  });

  it('aligns every field as a C compiler does', () => {
    const alignment = { tensorMap: 64, pointer: 8, u64: 8, i32: 4, ctaTable: 4 } as const;
    const fields = Object.entries<Fields[string]>(layout.fields);
    expect(fields.filter(([, { type, offset }]) => offset % alignment[type] !== 0)).toEqual([]);
  });

  it('leaves only the gaps that alignment explains', () => {
    const gaps = sorted.flatMap(({ name, end }, i) => {
      const next = sorted[i + 1]?.start ?? layout.bytes;
      return next - end >= 8 && i + 1 < sorted.length ? [name] : [];
    });
    expect(gaps).toEqual([]);
  });

  it('is as large as the check expects of kernels that take it', () => {
    expect(layout.bytes).toBe(paramsBytes[layout.abi]);
  });

  it('is 17,280 bytes, a multiple of its 64-byte alignment', () => {
    expect(layout.bytes).toBe(17_280);
    expect(layout.bytes % 64).toBe(0);
  });
});

describe('offsets as the kernels were compiled with', () => {
  // kernel-params facts; packages/kernels/src/kernel-params.cuh asserts the same ones against the C++ structure.
  const head = {
    tmaA: 0,
    tmaB: 128,
    tmaC: 256,
    tmaSfA: 384,
    tmaSfB: 512,
    ptrC: 640,
    ptrScaleC: 648,
    ptrScaleGate: 656,
    k: 664,
    nm: 668,
    tileStridePerBatch: 672,
    ctaIdxXyToBatchIdx: 676,
    ptrDqSfsA: 8872,
    ptrDqSfsB: 8880,
    ptrDqSfsC: 8888,
    totalNumPaddedTokens: 8896,
    rank: 8900,
    tpGrpSize: 8904,
    ptrTileBars: 8912,
    multimemTileBars: 8920,
    ptrCompletionBars: 8928,
    multimemCompletionBars: 8936,
    ptrPartialRowMax: 8944,
    ptrRowMaxCompletionBars: 8952,
    ptrA: 8960,
    strideInBytesA: 8968,
    ptrB: 8976,
    strideInBytesB: 8984,
    ptrSfA: 8992,
    ptrSfB: 9000,
  };

  it('trtllm-gen/1', () => {
    expect(offsets(trtllmGen1)).toEqual({
      ...head,
      ctaIdxXyToMnLimit: 9008,
      ptrTokens: 17200,
      routeMap: 17208,
      ptrDqSfsTokens: 17216,
      ptrSfTokens: 17224,
      numTokens: 17232,
    });
  });

  it('trtllm-gen/2', () => {
    expect(offsets(trtllmGen2)).toEqual({
      ...head,
      ptrSfC: 9008,
      ctaIdxXyToMnLimit: 9016,
      ptrTokens: 17208,
      routeMap: 17216,
      ptrDqSfsTokens: 17224,
      ptrSfTokens: 17232,
      numTokens: 17240,
      ptrNumNonExitingCtas: 17248,
      ptrTotalNumPaddedTokens: 17256,
      ptrCtaIdxXyToBatchIdx: 17264,
      ptrCtaIdxXyToMnLimit: 17272,
    });
  });
});
