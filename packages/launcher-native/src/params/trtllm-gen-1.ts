import { at, type ParamsLayout } from './layout.js';

/** The fields up to where `trtllm-gen/2` inserts one. Their order and offsets are a contract with the kernels. */
export const head = {
  tmaA: at('tensorMap', 0),
  tmaB: at('tensorMap', 128),
  tmaC: at('tensorMap', 256),
  tmaSfA: at('tensorMap', 384),
  tmaSfB: at('tensorMap', 512),
  /** Output, for kernels that do not store it through `tmaC`. */
  ptrC: at('pointer', 640),
  ptrScaleC: at('pointer', 648),
  ptrScaleGate: at('pointer', 656),
  k: at('i32', 664),
  /** The output dimension that is not the tokens': m if batchN, n if batchM. */
  nm: at('i32', 668),
  /** `nm` in tiles. */
  tileStridePerBatch: at('i32', 672),
  ctaIdxXyToBatchIdx: at('ctaTable', 676),
  ptrDqSfsA: at('pointer', 8872),
  ptrDqSfsB: at('pointer', 8880),
  ptrDqSfsC: at('pointer', 8888),
  totalNumPaddedTokens: at('i32', 8896),
  rank: at('i32', 8900),
  tpGrpSize: at('i32', 8904),
  ptrTileBars: at('pointer', 8912),
  multimemTileBars: at('pointer', 8920),
  ptrCompletionBars: at('pointer', 8928),
  multimemCompletionBars: at('pointer', 8936),
  ptrPartialRowMax: at('pointer', 8944),
  ptrRowMaxCompletionBars: at('pointer', 8952),
  ptrA: at('pointer', 8960),
  strideInBytesA: at('u64', 8968),
  ptrB: at('pointer', 8976),
  strideInBytesB: at('u64', 8984),
  ptrSfA: at('pointer', 8992),
  ptrSfB: at('pointer', 9000),
} as const;

/** The fields behind that place. */
export const tail = {
  ctaIdxXyToMnLimit: at('ctaTable', 9008),
  ptrTokens: at('pointer', 17200),
  routeMap: at('pointer', 17208),
  ptrDqSfsTokens: at('pointer', 17216),
  ptrSfTokens: at('pointer', 17224),
  numTokens: at('i32', 17232),
} as const;

/** The block of kernels from March 2025 on. Aligned to 64 bytes; the size is that of the last field, rounded up. */
export const trtllmGen1 = {
  abi: 'trtllm-gen/1',
  bytes: 17_280,
  fields: { ...head, ...tail },
} as const satisfies ParamsLayout;
