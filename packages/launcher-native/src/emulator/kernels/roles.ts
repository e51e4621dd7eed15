import type { Dim3, KernelInfo } from '@gemm-preflight/types';

/**
 * Which operand is which. The family's GEMMs multiply an expert's weights with its tokens; batchN has the weights as A and
 * the tokens as B, batchM the other way round. Everything else follows from that.
 */
export interface Roles {
  readonly weights: {
    readonly map: 'tmaA' | 'tmaB';
    readonly scales: 'ptrDqSfsA' | 'ptrDqSfsB';
    /** Output channels of one CTA. */
    readonly tile: number;
  };
  readonly tokens: {
    readonly map: 'tmaA' | 'tmaB';
    readonly scales: 'ptrDqSfsA' | 'ptrDqSfsB';
    readonly stride: 'strideInBytesA' | 'strideInBytesB';
    /** Padded tokens of one CTA. */
    readonly tile: number;
  };
  /** What the epilogue stores at a time: output channels and padded tokens. */
  readonly epilogueTile: { readonly channels: number; readonly tokens: number };
  /** The grid as numbers of CTAs along the channels and along the tokens. */
  readonly ctas: (grid: Dim3) => { readonly channels: number; readonly tokens: number };
}

/** The roles of a kernel's operands. */
export function rolesOf(kernel: KernelInfo): Roles {
  const { tileM, tileN, epilogueTileM, epilogueTileN } = kernel;
  if (kernel.batchMode === 'batchN') {
    return {
      weights: { map: 'tmaA', scales: 'ptrDqSfsA', tile: tileM },
      tokens: { map: 'tmaB', scales: 'ptrDqSfsB', stride: 'strideInBytesB', tile: tileN },
      epilogueTile: { channels: epilogueTileM, tokens: epilogueTileN },
      ctas: ({ x, y }) => ({ channels: x, tokens: y }),
    };
  }
  return {
    weights: { map: 'tmaB', scales: 'ptrDqSfsB', tile: tileN },
    tokens: { map: 'tmaA', scales: 'ptrDqSfsA', stride: 'strideInBytesA', tile: tileM },
    epilogueTile: { channels: epilogueTileN, tokens: epilogueTileM },
    ctas: ({ x, y }) => ({ channels: y, tokens: x }),
  };
}
